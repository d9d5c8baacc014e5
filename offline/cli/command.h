// Every subcommand, and what the exit status of each says.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <stdexcept>
#include <string>

namespace nibble::offline {

enum class ExitStatus : int {
  Ok = 0,
  BarMissed = 1,
  BadUsage = 2,
  BadInput = 3,
  Interrupted = 130,
};

/// What each status says, for --help, the manual and docs/CLI.md.
struct ExitMeaning {
  ExitStatus status;
  const char* meaning;
};
inline constexpr ExitMeaning kExitMeanings[] = {
    {ExitStatus::Ok, "the command did what it was asked for"},
    {ExitStatus::BarMissed,
     "the command did it, but missed a bar: --budget of pack and plan, --max-loss of pack and "
     "eval, the reference of compare, --timeout of load-check, a candidate that cycle rejects, "
     "a folder that report --check finds fault with"},
    {ExitStatus::BadUsage, "the command line makes no sense"},
    {ExitStatus::BadInput, "an input was refused, or an output could not be written"},
    {ExitStatus::Interrupted,
     "run, chat, tune or cycle was interrupted, and what was done so far is whole"},
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
void add_export_command(CLI::App& app, ExitStatus& status);
void add_run_command(CLI::App& app, ExitStatus& status);
void add_chat_command(CLI::App& app, ExitStatus& status);
void add_tokenize_command(CLI::App& app, ExitStatus& status);
void add_detokenize_command(CLI::App& app, ExitStatus& status);
void add_eval_command(CLI::App& app, ExitStatus& status);
void add_compare_command(CLI::App& app, ExitStatus& status);
void add_embed_command(CLI::App& app, ExitStatus& status);
void add_bench_command(CLI::App& app, ExitStatus& status);
void add_tune_command(CLI::App& app, ExitStatus& status);
void add_measure_cell_command(CLI::App& app, ExitStatus& status);
void add_load_check_command(CLI::App& app, ExitStatus& status);
void add_cycle_command(CLI::App& app, ExitStatus& status);
void add_report_command(CLI::App& app, ExitStatus& status);
void add_manual_command(CLI::App& app, ExitStatus& status);

}  // namespace nibble::offline
