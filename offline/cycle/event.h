// The event that tells the world of a decision.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>

#include "offline/cycle/decision.h"

namespace nibble::offline {

/// Grows when a member of an event changes its meaning or goes.
inline constexpr int kEventSchemaVersion = 1;

struct DecisionEvent {
  std::string event_id;  ///< of this decision alone: readers drop what they have seen
  bool is_dry_run = false;
  std::string model_name;
  Verdict verdict;
  CycleFigures figures;
  CycleLimits limits;
  std::string source_format, target_format;
  std::string blob_name, blob_identity;  ///< of a candidate that is kept; else ""
  std::string timestamp;                 ///< ISO 8601, UTC
  std::string cycle_version;

  /// One line of JSON, without the newline, members as docs/ARTIFACTS.md has them. A dry run's
  /// event has another type, and null in place of every figure.
  std::string line() const;
};

/// 32 hexadecimal digits that nothing else has.
std::string new_event_id();

}  // namespace nibble::offline
