// Numbers as JSON, and back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/measurement.h"

#include <nlohmann/json.hpp>

#include "offline/files/json_file.h"
#include "offline/files/json_value.h"

namespace nibble::offline {
namespace {

constexpr double kMost = 1e18;

std::vector<double> numbers(const JsonValue& json) {
  std::vector<double> values(json.array_size());
  for (size_t i = 0; i < values.size(); ++i) values[i] = json[i].number(0, kMost);
  return values;
}

}  // namespace

nlohmann::ordered_json measurement_json(const Measurement& measurement) {
  return {{"latency_ms", measurement.times.latency_ms},
          {"first_token_ms", measurement.times.first_token_ms},
          {"prefill_rates", measurement.times.prefill_rates},
          {"decode_rates", measurement.times.decode_rates},
          {"load_ms", measurement.load_ms},
          {"peak_rss_bytes", measurement.peak_rss_bytes},
          {"other_load_cpus", measurement.other_load_cpus}};
}

Measurement read_measurement(const std::string& text) {
  const char* const where = "measurement";
  const JsonValue json(parse_json(text, where), where);
  Measurement measurement;
  measurement.times = {numbers(json["latency_ms"]), numbers(json["first_token_ms"]),
                       numbers(json["prefill_rates"]), numbers(json["decode_rates"])};
  measurement.load_ms = json["load_ms"].number(0, kMost);
  measurement.peak_rss_bytes = json["peak_rss_bytes"].whole_number();
  measurement.other_load_cpus = json["other_load_cpus"].number(0, kMost);
  return measurement;
}

}  // namespace nibble::offline
