// Work in a process of its own, under a time limit: what it says, and how it ends.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace nibble::offline {

struct ChildResult {
  std::string output;              ///< what it wrote to standard output
  std::optional<int> exit_status;  ///< none: the time limit or a signal ended it
  bool timed_out = false;
  int signal = 0;  ///< that ended it, where nothing else is set
  bool succeeded() const { return exit_status == 0; }
  /// "exit status 3", "signal 11 (Segmentation fault)", "no answer within the time limit"
  std::string ending() const;
};

/// Runs this very program anew, with nothing but the arguments. Standard error is shared.
/// Throws std::runtime_error where the system has no process left.
ChildResult run_this_program(const std::vector<std::string>& arguments, double limit_seconds);

/// Runs a task in a copy of this process; its result is the output, and an exception is exit
/// status 3. For tasks that may take too long or too much stack.
ChildResult run_in_copy(const std::function<std::string()>& task, double limit_seconds);

}  // namespace nibble::offline
