// The unattended round over a folder's models, from the lock to the last event.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "offline/cycle/commit.h"
#include "offline/cycle/event.h"
#include "offline/cycle/event_spool.h"
#include "offline/cycle/round.h"

namespace nibble::offline {

/// What became of one model.
struct ModelOutcome {
  std::string model_name;
  std::string error;  ///< why there is no decision; else ""
  std::optional<DecisionEvent> event;
  RoundResult round;
};

struct CycleRequest {
  CyclePlaces places;
  std::string model_name;  ///< only this one; "": all
  RoundOptions round;
  CycleLimits limits;
  std::string variant;       ///< of the candidate, for its name: "int4"
  DeliveryOptions delivery;  ///< without a command, events go to the file alone
  std::string version;
  bool is_dry_run = false;
  std::function<void(const ModelOutcome&)> report;   ///< after each model
  std::function<void(const std::string&)> announce;  ///< of what else is worth a line
};

struct CycleSummary {
  size_t kept = 0, rejected = 0, failed = 0;
  size_t waiting_events = 0;  ///< that the command did not take
};

/// Works on the folder places.models. Throws InputError, OutputError and CycleInterrupted; then no
/// work folder is left, and nothing but whole decisions.
CycleSummary run_cycle(const CycleRequest& request);

/// The same of a tiny generated model in a temporary folder: figures are of that model, no event or
/// metric has any, and metrics and events go to files whose names end in ".dry-run".
CycleSummary run_dry_cycle(CycleRequest request);

}  // namespace nibble::offline
