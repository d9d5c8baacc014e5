// nibble verify: every hash, every rule, and the self-test on every kernel set this CPU runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"
#include "offline/report/blob_summary.h"

namespace nibble::offline {
namespace {

struct VerifyArguments {
  std::string blob;
  SessionOptions session;  ///< Only its threads.
  bool json = false;
};

enum class SetOutcome { Passed, Failed, NotRun };

struct SetResult {
  std::string name;
  SetOutcome outcome = SetOutcome::NotRun;
  std::string text;
};

SetResult test_set(const LoadedModel& model, const Kernels& kernels, uint64_t features) {
  if (!runs_on(kernels, features)) {
    return {kernels_name(kernels), SetOutcome::NotRun, "this CPU lacks features it needs"};
  }
  GeneratorConfig config;
  config.session.kernels = &kernels;
  const HostGenerator generator(model, config);
  const Status status = generator->self_test();
  if (status.ok())
    return {kernels_name(kernels), SetOutcome::Passed, "the same tokens and logits as recorded"};
  return {kernels_name(kernels), SetOutcome::Failed, failure_text(status.failure())};
}

const char* outcome_name(SetOutcome outcome) {
  switch (outcome) {
    case SetOutcome::Passed:
      return "passed";
    case SetOutcome::Failed:
      return "FAILED";
    case SetOutcome::NotRun:
      break;
  }
  return "not run";
}

void print_results(const LoadedModel& model, const std::vector<SetResult>& results) {
  print(model.name() +
        ": verified: all hashes match, tables and program keep the format's rules\n" + "identity " +
        hex(model.model().identity()) + "\n");
  for (const SetResult& result : results) {
    print("self-test, " + result.name + ": " + outcome_name(result.outcome) + ": " + result.text +
          "\n");
  }
}

void print_document(const LoadedModel& model, const std::vector<SetResult>& results, bool is_ok) {
  nlohmann::ordered_json sets = nlohmann::ordered_json::array();
  for (const SetResult& result : results) {
    sets.push_back({{"kernels", result.name},
                    {"ran", result.outcome != SetOutcome::NotRun},
                    {"passed", result.outcome == SetOutcome::Passed},
                    {"text", result.text}});
  }
  print_json({{"blob", model.name()},
              {"identity", hex(model.model().identity())},
              {"verified", is_ok},
              {"self_test", sets}});
}

ExitStatus run_verify(const VerifyArguments& arguments) {
  const SessionSetup setup(arguments.session);
  const LoadedModel model(arguments.blob, setup.load_config());
  const uint64_t features = cpu_features();
  std::vector<SetResult> results;
  bool is_ok = true;
  for (const Kernels* const kernels : compiled_kernels()) {
    results.push_back(test_set(model, *kernels, features));
    is_ok = is_ok && results.back().outcome != SetOutcome::Failed;
  }
  arguments.json ? print_document(model, results, is_ok) : print_results(model, results);
  return is_ok ? ExitStatus::Ok : ExitStatus::BadInput;
}

}  // namespace

void add_verify_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<VerifyArguments>();
  CLI::App& command = *app.add_subcommand("verify", "Check a blob's hashes, rules and self-test");
  command.add_option("BLOB", arguments->blob, "The blob")->required();
  arguments->session.add_threads_to(command);
  command.add_flag("--json", arguments->json, "Print the result as JSON");
  command.callback([arguments, &status] { status = run_verify(*arguments); });
}

}  // namespace nibble::offline
