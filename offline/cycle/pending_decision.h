// A decision as it is written down before anybody hears of it, so that it is carried out once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "offline/cycle/metrics.h"

namespace nibble::offline {

struct PendingDecision {
  std::string event_id, event_line;
  std::string blob_name;  ///< what the candidate in the work folder is to be called; "": rejected
  std::vector<MetricSample> samples;  ///< counters as they are to be, not by how much they rise
  bool is_for_command = false;        ///< whether the event goes to the spool
};

/// Throws OutputError.
void write_pending(const std::filesystem::path& path, const PendingDecision& decision);
/// Throws InputError.
PendingDecision read_pending(const std::filesystem::path& path);

}  // namespace nibble::offline
