// What the process of a cell tells the process that runs the matrix.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/measure/requests.h"

namespace nibble::offline {

/// One round of a cell.
struct Measurement {
  RequestTimes times;
  double load_ms = 0;
  uint64_t peak_rss_bytes = 0;
  double other_load_cpus = 0;
};

nlohmann::ordered_json measurement_json(const Measurement& measurement);
/// Throws InputError.
Measurement read_measurement(const std::string& text);

}  // namespace nibble::offline
