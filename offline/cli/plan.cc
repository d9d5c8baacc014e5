// nibble plan: the memory bill of a blob, before anything runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <memory>

#include "offline/cli/command.h"
#include "offline/cli/option_values.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/files/mapped_file.h"
#include "offline/files/output_file.h"
#include "offline/host/loaded_model.h"
#include "offline/report/bill.h"

namespace nibble::offline {
namespace {

struct PlanArguments {
  std::string blob, format = "text", output, residency = "auto", cache = "model", budget = "100MB";
  uint32_t context_tokens = 0, batch_tokens = SessionConfig().batch_tokens, sessions = 1;
  size_t prompt_bytes = 0;
  std::optional<uint64_t> code_bytes;
  bool json = false;
};

BillOptions bill_options(const PlanArguments& arguments) {
  BillOptions options;
  options.session.context_tokens = arguments.context_tokens;
  options.session.batch_tokens = arguments.batch_tokens;
  options.session.cache = parse_cache(arguments.cache);
  options.prompt_bytes = arguments.prompt_bytes;
  options.sessions = arguments.sessions;
  options.code_bytes = arguments.code_bytes;
  if (arguments.residency == "keep") options.residency = Residency::Keep;
  if (arguments.residency == "release") options.residency = Residency::Release;
  return options;
}

std::string bill_as(const std::string& form, const Bill& bill, const Budget& budget,
                    const std::string& blob) {
  if (form == "header") return bill_header(bill, std::filesystem::path(blob).filename().string());
  if (form == "json") return json_text(bill_json(bill, budget));
  return bill_text(bill, budget);
}

ExitStatus run_plan(const PlanArguments& arguments) {
  const Budget budget = parse_budget(arguments.budget);
  const BillOptions options = bill_options(arguments);
  const MappedFile file(arguments.blob);
  const Bill bill = make_bill(blob_of(file, arguments.blob), options, arguments.blob);
  const std::string text =
      bill_as(arguments.json ? "json" : arguments.format, bill, budget, arguments.blob);
  if (arguments.output.empty()) {
    print(text);
  } else {
    OutputFile output(arguments.output);
    output.write(std::as_bytes(std::span(text)));
    output.commit();
  }
  return budget && bill.total() > *budget ? ExitStatus::BarMissed : ExitStatus::Ok;
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
  command.add_option("--context", arguments->context_tokens,
                     "Tokens in each session's cache; 0: the blob's default");
  command.add_option("--prompt-bytes", arguments->prompt_bytes,
                     "Longest text that a session takes as a prompt; 0: about vocabulary / 5");
  command.add_option("--sessions", arguments->sessions, "Sessions at the same time")
      ->check(CLI::Range(1, 65536))
      ->capture_default_str();
  command.add_option("--batch", arguments->batch_tokens, "Prompt tokens for each pass")
      ->check(CLI::Range(1u, kMaxBatchTokens))
      ->capture_default_str();
  command.add_option("--kv", arguments->cache, "Cache type; model: the blob's default")
      ->check(CLI::IsMember({"model", "f16", "int8"}))
      ->capture_default_str();
  command
      .add_option("--residency", arguments->residency,
                  "keep: the blob stays, raw parts are used in place; release: it is read in "
                  "parts; auto: keep if the weights are stored raw")
      ->check(CLI::IsMember({"auto", "keep", "release"}))
      ->capture_default_str();
  command.add_option("--code-bytes", arguments->code_bytes,
                     "Size of the runtime on the target; default: this build's");
  command
      .add_option("--budget", arguments->budget, "Exit with 1 when the total is more; none: any")
      ->capture_default_str();
  add_output_options(command, *arguments);
  command.callback([arguments, &status] { status = run_plan(*arguments); });
}

}  // namespace nibble::offline
