// nibble compare: the replies of two blobs to the same prompts, and what is wrong with them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/compare_report.h"
#include "offline/cli/option_values.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/fact_scores.h"
#include "offline/evaluate/reply.h"

namespace nibble::offline {
namespace {

struct CompareArguments {
  std::string reference, other, prompts;
  uint64_t tokens = 64;
  SessionOptions session;
  bool replies = false;
  bool json = false;
};

/// One blob's greedy replies to all prompts.
std::vector<Reply> make_replies(const LoadedModel& model, const GeneratorConfig& config,
                                const std::vector<std::string>& prompts, Progress& progress) {
  const HostGenerator generator(model, config);
  std::vector<Reply> replies;
  for (const std::string& prompt : prompts) {
    generator->reset();
    const auto tokens = encode(model.model().tokenizer(), prompt, EncodeMode::Prompt);
    append_prompt(*generator, tokens);
    replies.push_back(make_reply(*generator, {}));
    progress.show("replies, " + model.name(),
                  static_cast<double>(replies.size()) / static_cast<double>(prompts.size()));
  }
  return replies;
}

CheckedReply check(const Tokenizer& tokenizer, const Reply& reply, const Reply& reference) {
  const DrawnReply drawn{reply.tokens, reply.end};
  return {reply.text, drawn, find_faults(tokenizer, drawn, {reference.tokens, reference.end})};
}

CompareReport compare(const CompareArguments& arguments) {
  CompareReport report{
      arguments.reference, arguments.other, arguments.prompts, arguments.tokens, {}};
  const std::vector<std::string> prompts = read_prompts(arguments.prompts);
  const SessionSetup setup(arguments.session);
  Progress progress;
  const LoadedModel reference(arguments.reference, setup.load_config());
  const LoadedModel other(arguments.other, setup.load_config());
  GeneratorConfig config;
  config.max_tokens = arguments.tokens;
  config.session = setup.config_for(reference);
  const std::vector<Reply> expected = make_replies(reference, config, prompts, progress);
  config.session = setup.config_for(other);
  const std::vector<Reply> found = make_replies(other, config, prompts, progress);
  for (size_t i = 0; i < prompts.size(); ++i) {
    report.pairs.push_back({prompts[i],
                            check(reference.model().tokenizer(), expected[i], expected[i]),
                            check(other.model().tokenizer(), found[i], expected[i])});
  }
  return report;
}

ExitStatus run_compare(const CompareArguments& arguments) {
  const CompareReport report = compare(arguments);
  if (arguments.json)
    print_json(compare_json(report));
  else
    print(compare_text(report, arguments.replies));
  const bool is_worse = std::ranges::any_of(report.pairs, &ReplyPair::has_new_fault);
  return is_worse ? ExitStatus::BarMissed : ExitStatus::Ok;
}

}  // namespace

void add_compare_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<CompareArguments>();
  CLI::App& command = *app.add_subcommand("compare", "Compare the replies of two blobs");
  command.add_option("REFERENCE", arguments->reference, "The blob to be as good as")->required();
  command.add_option("BLOB", arguments->other, "The blob to judge")->required();
  command.add_option("--prompts", arguments->prompts, "JSON lines {\"prompt\"} to continue")
      ->required();
  command.add_option("--tokens", arguments->tokens, "Tokens of a reply at most")
      ->check(whole_number(1, format::kMaxContextTokens))
      ->capture_default_str();
  arguments->session.add_to(command);
  command.add_flag("--replies", arguments->replies, "Print every pair of replies");
  command.add_flag("--json", arguments->json, "Print as JSON, with every pair of replies");
  command.callback([arguments, &status] { status = run_compare(*arguments); });
}

}  // namespace nibble::offline
