// Every subcommand, and how a command says that it did not succeed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

namespace nibble::offline {

enum class ExitStatus : int {
  Ok = 0,
  BarMissed = 1,  ///< What was asked for was done, and a stated bar was not reached.
  BadUsage = 2,
  BadInput = 3,  ///< A file was refused, or could not be written.
  Interrupted = 130,
};

/// The command line makes no sense, in a way that only the command itself can see.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Each adds one subcommand with its options to `app`. Its callback sets `status`, and throws
/// UsageError, InputError, OutputError or OverBudget; main() catches.
void add_pack_command(CLI::App& app, ExitStatus& status);
void add_inspect_command(CLI::App& app, ExitStatus& status);
void add_plan_command(CLI::App& app, ExitStatus& status);
void add_verify_command(CLI::App& app, ExitStatus& status);
void add_run_command(CLI::App& app, ExitStatus& status);
void add_eval_command(CLI::App& app, ExitStatus& status);
void add_embed_command(CLI::App& app, ExitStatus& status);
void add_bench_command(CLI::App& app, ExitStatus& status);

}  // namespace nibble::offline
