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

/// What CLI11 throws is also how it says that --help was asked for.
ExitStatus usage(const CLI::App& app, const CLI::ParseError& error) {
  return app.exit(error) == 0 ? ExitStatus::Ok : ExitStatus::BadUsage;
}

ExitStatus run(int argument_count, char** arguments) {
  CLI::App app("Small language models, packed, verified and run.", "nibble");
  app.set_version_flag("--version", "nibble " NIBBLE_VERSION);
  app.require_subcommand(1);
  app.footer("Exit status: 0 done, 1 a stated bar was missed, 2 bad usage, 3 bad input or output.");
  ExitStatus status = ExitStatus::Ok;
  for (const auto add :
       {add_pack_command, add_inspect_command, add_plan_command, add_verify_command,
        add_run_command, add_eval_command, add_embed_command, add_bench_command}) {
    add(app, status);
  }
  try {
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
