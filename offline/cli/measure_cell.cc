// nibble measure-cell: one round of a cell of `nibble tune`, in the process that this is.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/host/process_memory.h"
#include "offline/measure/machine.h"
#include "offline/measure/matrix_run.h"
#include "offline/measure/measurement.h"

namespace nibble::offline {
namespace {

struct CellArguments {
  std::string blob;
  RequestPlan requests;
  SessionOptions session;  ///< its threads
};

ExitStatus run_cell(const CellArguments& arguments) {
  const SessionSetup setup(arguments.session);
  const OtherLoad other_load;
  const LoadedModel model(arguments.blob, setup.load_config());
  Measurement measurement;
  measurement.load_ms = 1000 * model.load_seconds();
  measurement.times = time_requests(model, setup.config_for(model), arguments.requests);
  measurement.other_load_cpus = other_load.cpus();
  measurement.peak_rss_bytes = peak_resident_bytes();
  print_json(measurement_json(measurement));
  return ExitStatus::Ok;
}

}  // namespace

void add_measure_cell_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<CellArguments>();
  CLI::App& command = *app.add_subcommand(kCellCommand, "Measure one round of a cell of tune");
  command.group("");  // for `nibble tune` alone
  command.add_option("BLOB", arguments->blob)->required();
  const std::pair<const char*, uint32_t*> numbers[] = {
      {"--batch-size", &arguments->requests.batch_size},
      {"--warmups", &arguments->requests.warmups},
      {"--runs", &arguments->requests.runs},
      {"--prompt-tokens", &arguments->requests.prompt_tokens},
      {"--new-tokens", &arguments->requests.new_tokens}};
  for (const auto& [name, value] : numbers) command.add_option(name, *value)->required();
  arguments->session.add_threads_to(command);
  command.callback([arguments, &status] { status = run_cell(*arguments); });
}

}  // namespace nibble::offline
