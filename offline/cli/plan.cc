// nibble plan: the memory bill of a blob, before anything runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/files/json_file.h"
#include "offline/files/output_file.h"
#include "offline/host/loaded_model.h"
#include "offline/report/memory_plan.h"

namespace nibble::offline {
namespace {

struct PlanArguments {
  std::string blob, format = "text", output, residency = "auto";
  std::string budget = byte_count_text(kDefaultBudgetBytes);
  SessionOptions session;
  uint32_t prompt_bytes = 0, sessions = 1;
  std::optional<uint32_t> code_bytes;
  bool batched = false;
  bool json = false;
};

MemoryPlanOptions plan_options(const PlanArguments& arguments) {
  MemoryPlanOptions options;
  options.session = arguments.session.sizes();
  options.prompt_bytes = arguments.prompt_bytes;
  options.sessions = arguments.sessions;
  options.batched = arguments.batched;
  options.code_bytes = arguments.code_bytes;
  if (arguments.residency == "keep") options.residency = Residency::Keep;
  if (arguments.residency == "release") options.residency = Residency::Release;
  return options;
}

std::string plan_as(const std::string& form, const MemoryPlan& plan, const Budget& budget,
                    const std::string& blob) {
  if (form == "header")
    return memory_plan_header(plan, std::filesystem::path(blob).filename().string());
  if (form == "json") return json_text(memory_plan_json(plan, budget));
  return memory_plan_text(plan, budget);
}

ExitStatus run_plan(const PlanArguments& arguments) {
  const Budget budget = parse_budget(arguments.budget);
  const MemoryPlanOptions options = plan_options(arguments);
  const LoadedModel model(arguments.blob);
  require_context(options.session.context_tokens, model);
  const MemoryPlan plan = make_memory_plan(model, options);
  const std::string text =
      plan_as(arguments.json ? "json" : arguments.format, plan, budget, arguments.blob);
  if (arguments.output.empty()) {
    print(text);
  } else {
    write_output_file(arguments.output, text);
  }
  return budget && plan.total() > *budget ? ExitStatus::BarMissed : ExitStatus::Ok;
}

void add_output_options(CLI::App& command, PlanArguments& arguments) {
  command.add_option("--format", arguments.format, "text, json, or header: C constants")
      ->check(CLI::IsMember({"text", "json", "header"}))
      ->capture_default_str();
  command.add_flag("--json", arguments.json, "The same as --format json");
  command.add_option("-o,--output", arguments.output, "Write to a file instead of standard output");
}

}  // namespace

void add_plan_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<PlanArguments>();
  CLI::App& command = *app.add_subcommand("plan", "Print what memory a blob needs");
  command.add_option("BLOB", arguments->blob, "The blob")->required();
  arguments->session.add_sizes_to(command);
  command
      .add_option("--prompt-bytes", arguments->prompt_bytes,
                  "Longest text that a session takes as a prompt; 0: about vocabulary / 5")
      ->check(CLI::Range(0u, 1u << 30))
      ->capture_default_str();
  command
      .add_option("--sessions", arguments->sessions,
                  "Sessions over the one model, at the same time")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command.add_flag("--batched", arguments->batched,
                   "The sessions are computed together: they share activations and workspace");
  command
      .add_option("--residency", arguments->residency,
                  "keep: the blob stays, and uncompressed parts are used in place; release: it "
                  "is read in parts; auto: keep if the weights are uncompressed")
      ->check(CLI::IsMember({"auto", "keep", "release"}))
      ->capture_default_str();
  command
      .add_option("--code-bytes", arguments->code_bytes,
                  "Bytes of the runtime on the target; default: this build's")
      ->check(CLI::Range(0u, ~0u));
  command
      .add_option("--budget", arguments->budget, "Exit with 1 when the total is more; none: any")
      ->capture_default_str();
  add_output_options(command, *arguments);
  command.callback([arguments, &status] { status = run_plan(*arguments); });
}

}  // namespace nibble::offline
