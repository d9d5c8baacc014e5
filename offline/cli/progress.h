// One line on standard error that says how far long work is, and how long it will take; only on a
// terminal.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <chrono>
#include <string>

namespace nibble::offline {

/// Silent for the first second, and when standard error is not a terminal.
class Progress {
 public:
  Progress();
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// @param done    share of the stage, 0 … 1
  /// @param detail  printed behind it: how good the work is so far
  void show(const std::string& stage, double done, const std::string& detail = {});

 private:
  using Clock = std::chrono::steady_clock;
  bool is_terminal_;
  bool is_shown_ = false;
  Clock::time_point next_;
  std::string stage_;  // the last one shown
  Clock::time_point stage_start_;
};

}  // namespace nibble::offline
