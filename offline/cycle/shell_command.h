// A command of the user's, run by the shell with a text on its standard input, within a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <chrono>
#include <optional>
#include <string>

namespace nibble::offline {

struct ShellCommand {
  std::string command;
  std::string input;     ///< its standard input
  std::string event_id;  ///< in its environment as QUANT_EVENT_ID
  std::chrono::milliseconds timeout{10'000};
};

/// Runs it to its end. What it prints goes to standard error. A command that takes too long is
/// killed with all that it started.
/// @returns what went wrong, "ended with status 7"; nothing where it ended with 0
std::optional<std::string> run_shell_command(const ShellCommand& command);

}  // namespace nibble::offline
