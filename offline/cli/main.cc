// The nibble command: reads the command line, runs one subcommand, turns exceptions into exit
// status.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstdio>
#include <exception>
#include <new>

#include "offline/cli/command.h"
#include "offline/cli/standard_output.h"
#include "offline/files/input_error.h"
#include "offline/files/output_file.h"
#include "offline/report/memory_plan.h"

namespace nibble::offline {
namespace {

ExitStatus complain(const std::exception& error, ExitStatus status) {
  std::fprintf(stderr, "nibble: %s\n", error.what());
  return status;
}

/// CLI11 also throws when --help or --version was asked for.
ExitStatus usage(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error) == 0 ? ExitStatus::Ok : ExitStatus::BadUsage;
}

std::string usage_message(const CLI::App* app, const CLI::Error& error) {
  const auto chosen = app->get_subcommands();
  const std::string command = chosen.empty() ? "nibble" : "nibble " + chosen.front()->get_name();
  return "nibble: " + std::string(error.what()) + "; see " + command + " --help\n";
}

std::string exit_statuses() {
  std::string text = "Exit status:";
  for (const ExitMeaning& exit : kExitMeanings)
    text += "\n  " + std::to_string(static_cast<int>(exit.status)) + ": " + exit.meaning;
  return text + "\n";
}

/// CLI11 itself would only say that a subcommand is required.
void require_known_command(const CLI::App& app, const char* name) {
  if (name == nullptr || name[0] == '-') return;
  const auto has_name = [&](const CLI::App* command) { return command->get_name() == name; };
  if (!app.get_subcommands(has_name).empty()) return;
  throw UsageError("'" + std::string(name) + "' is no subcommand; nibble --help lists them");
}

ExitStatus run(int argument_count, char** arguments) {
  CLI::App app("Small language models, packed, verified and run.", "nibble");
  app.set_version_flag("--version", "nibble " NIBBLE_VERSION);
  app.require_subcommand(1);
  app.footer(exit_statuses());
  app.failure_message(usage_message);
  ExitStatus status = ExitStatus::Ok;
  for (const auto add :
       {add_pack_command, add_inspect_command, add_plan_command, add_verify_command,
        add_export_command, add_run_command, add_chat_command, add_tokenize_command,
        add_detokenize_command, add_eval_command, add_compare_command, add_embed_command,
        add_bench_command, add_tune_command, add_load_check_command, add_measure_cell_command,
        add_cycle_command, add_report_command, add_manual_command}) {
    add(app, status);
  }
  try {
    require_known_command(app, argument_count > 1 ? arguments[1] : nullptr);
    app.parse(argument_count, arguments);
    finish_output();
    return status;
  } catch (const CLI::ParseError& error) {
    return usage(app, error);
  } catch (const UsageError& error) {
    return complain(error, ExitStatus::BadUsage);
  } catch (const OverBudget& error) {
    return complain(error, ExitStatus::BarMissed);
  } catch (const std::bad_alloc&) {
    std::fprintf(stderr, "nibble: not enough memory\n");
    return ExitStatus::BadInput;
  } catch (const std::exception& error) {  // InputError, OutputError, what libraries throw
    return complain(error, ExitStatus::BadInput);
  }
}

}  // namespace
}  // namespace nibble::offline

int main(int argument_count, char** arguments) {
  return static_cast<int>(nibble::offline::run(argument_count, arguments));
}
