// Reads every member of a cell strictly.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <limits>
#include <nlohmann/json.hpp>
#include <regex>

#include "offline/results/cell_json.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kMostCount = std::numeric_limits<uint32_t>::max();
constexpr double kMostNumber = 1e18;

uint32_t count_or_zero(const JsonValue& json) {
  return json.whole_number() == 0 ? 0 : json.count(kMostCount);
}

double positive(const JsonValue& json) {
  const double value = json.number(0, kMostNumber);
  if (value == 0) json.refuse("is 0; what was measured is above 0");
  return value;
}

Quantiles read_quantiles(const JsonValue& json) {
  return {json["p50"].number(0, kMostNumber), json["p95"].number(0, kMostNumber)};
}

HostFacts read_host(const JsonValue& json) {
  return {json["cpu"].text(), json["kernel"].text(), json["cores"].count(kMostCount),
          json["ram_bytes"].whole_number()};
}

BlobFacts read_blob(const JsonValue& json) {
  return {json["name"].text(), json["identity"].text(), json["bytes"].whole_number(),
          json["bits_per_weight"].number(0, 1024)};
}

std::vector<double> read_samples(const JsonValue& json) {
  std::vector<double> samples(json.array_size());
  if (samples.empty()) json.refuse("is empty; a cell has a sample for each request");
  for (size_t i = 0; i < samples.size(); ++i) samples[i] = json[i].number(0, kMostNumber);
  return samples;
}

MemoryParts read_bill(const JsonValue& json) {
  return {json["weights_bytes"].whole_number(), json["cache_bytes"].whole_number(),
          json["activations_bytes"].whole_number(), json["total_bytes"].whole_number()};
}

ObedienceResult read_obedience(const JsonValue& json) {
  ObedienceResult result{json["passed"].whole_number(),
                         json["total"].count(kMostCount),
                         json["low"].number(0, 1),
                         json["high"].number(0, 1),
                         {}};
  if (result.passed > result.total) json["passed"].refuse("is more than /total");
  const JsonValue failures = json["failures"];
  for (size_t i = 0; i < failures.array_size(); ++i) {
    result.failures.push_back(
        {failures[i]["prompt"].text(), failures[i]["check"].text(), failures[i]["text"].text()});
  }
  return result;
}

std::optional<double> read_optional(const JsonValue& json) {
  if (!json.exists()) return std::nullopt;
  return json.number(-kMostNumber, kMostNumber);
}

QualityResult read_quality(const JsonValue& json) {
  return {positive(json["perplexity"]), json["tokens"].whole_number(),
          read_optional(json["reference_perplexity"]), read_optional(json["kl_mean"])};
}

std::vector<SampleOutput> read_sample_outputs(const JsonValue& json) {
  std::vector<SampleOutput> samples;
  for (size_t i = 0; i < json.array_size(); ++i) {
    samples.push_back({json[i]["prompt"].text(), json[i]["text"].text()});
  }
  return samples;
}

/// "2026-11-22T03:20:00Z"
std::string read_timestamp(const JsonValue& json) {
  static const std::regex kForm(R"(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z)");
  const std::string& text = json.text();
  if (text.size() != 20 || !std::regex_match(text, kForm)) {
    json.refuse("is " + json.quoted() + ", must be a time in UTC such as 2026-11-22T03:20:00Z");
  }
  return text;
}

void require_version(const JsonValue& json) {
  const uint64_t version = json["schema_version"].whole_number();
  if (version == kResultSchemaVersion) return;
  json["schema_version"].refuse("is " + std::to_string(version) + ", this program reads version " +
                                std::to_string(kResultSchemaVersion));
}

void read_conditions(const JsonValue& json, ResultCell& cell) {
  cell.variant = json["variant"].text();
  cell.batch_size = json["batch_size"].count(kMostCount);
  cell.threads = json["threads"].count(kMostCount);
  cell.warmups = count_or_zero(json["warmups"]);
  cell.runs = json["runs"].count(kMostCount);
  cell.timestamp = read_timestamp(json["timestamp"]);
  cell.host = read_host(json["host"]);
  cell.tool_version = json["tool_version"].text();
  cell.blob = read_blob(json["blob"]);
  cell.model = json["model"].text();
  cell.prompt_tokens = json["prompt_tokens"].count(kMostCount);
  cell.new_tokens = json["new_tokens"].count(kMostCount);
}

void read_figures(const JsonValue& json, ResultCell& cell) {
  cell.latency_ms = read_quantiles(json["latency_ms"]);
  cell.latency_samples_ms = read_samples(json["latency_ms"]["samples"]);
  cell.time_to_first_token_ms = read_quantiles(json["time_to_first_token_ms"]);
  cell.prefill_tokens_per_second = positive(json["prefill_tokens_per_second"]);
  cell.decode_tokens_per_second = positive(json["decode_tokens_per_second"]);
  cell.load_time_ms = json["load_time_ms"].number(0, kMostNumber);
  cell.peak_rss_bytes = json["peak_rss_bytes"].whole_number();
  cell.bill = read_bill(json["bill"]);
  cell.other_load_cpus = json["other_load_cpus"].number(0, kMostNumber);
}

}  // namespace

ResultCell read_cell(const JsonValue& json) {
  json.keys();
  require_version(json);
  ResultCell cell;
  read_conditions(json, cell);
  read_figures(json, cell);
  const JsonValue obedience = json["obedience"], quality = json["quality"];
  if (obedience.exists()) cell.obedience = read_obedience(obedience);
  if (quality.exists()) cell.quality = read_quality(quality);
  cell.sample_outputs = read_sample_outputs(json["sample_outputs"]);
  return cell;
}

}  // namespace nibble::offline
