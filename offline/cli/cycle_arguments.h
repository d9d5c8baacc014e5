// The command line of nibble cycle.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "offline/calibrate/calibration.h"
#include "offline/cli/option_values.h"
#include "offline/cli/session_options.h"
#include "offline/cycle/decision.h"

namespace nibble::offline {

struct CycleArguments {
  std::string models, model, output, metrics, events, text, on_decision, version;
  CycleLimits limits;
  SchemeOptions schemes;
  std::string method{kDefaultMethod};
  std::vector<std::filesystem::path> calibration;
  SessionOptions session;
  uint32_t timeout_seconds = 10, attempts = 3;
  bool dry_run = false;
  bool json = false;

  CycleArguments();
  void add_to(CLI::App& command);
  /// Throws UsageError where options miss one another.
  void check() const;
};

}  // namespace nibble::offline
