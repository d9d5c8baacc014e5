// nibble run: a prompt is continued.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/interruption.h"
#include "offline/cli/option_values.h"
#include "offline/cli/run_report.h"
#include "offline/cli/sampler_options.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_input.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/reply.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {
namespace {

constexpr size_t kMaxPromptBytes = 16u << 20;

struct RunArguments {
  std::string blob;
  std::optional<std::string> prompt;
  SessionOptions session;
  SamplerOptions sampler;
  uint64_t tokens = 256;
  std::vector<std::string> stops;
  bool echo = false, stats = false, digest = false, json = false;
};

/// All of standard input, less the newline that ends its last line.
std::string read_prompt() {
  std::string text = read_all(std::cin, kMaxPromptBytes, "no context holds that");
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// @param stop_texts  views of the arguments; the result refers to them
GeneratorConfig generator_config(const RunArguments& arguments,
                                 const std::vector<Text>& stop_texts) {
  GeneratorConfig config;
  config.sampler = arguments.sampler.config();
  config.max_tokens = arguments.tokens;
  config.stop_texts = {stop_texts.data(), stop_texts.size()};
  return config;
}

std::vector<Text> views(const std::vector<std::string>& texts) {
  if (texts.size() > kMaxStopTexts) {
    throw UsageError("--stop: at most " + std::to_string(kMaxStopTexts) + " texts");
  }
  std::vector<Text> list;
  list.reserve(texts.size());
  for (const std::string& text : texts) list.emplace_back(text.data(), text.size());
  return list;
}

ReplyOptions reply_options(const RunArguments& arguments) {
  ReplyOptions options;
  options.has_tokens = arguments.tokens != 0;
  options.digest = arguments.digest || arguments.stats || arguments.json;
  if (!arguments.json) options.show = print_now;
  options.is_interrupted = is_interrupted;
  return options;
}

void report(const RunArguments& arguments, const RunFigures& figures, const Reply& reply) {
  if (arguments.json) return print_json(run_json(figures, reply));
  print_now("\n");
  if (arguments.digest && !reply.logits_sha256.empty()) {
    print("logits sha256 " + reply.logits_sha256 + "\n");
  }
  // Standard output is the text's, and may be piped on.
  if (arguments.stats) std::fputs(run_text(figures, reply).c_str(), stderr);
}

ExitStatus continue_prompt(const RunArguments& arguments) {
  const SessionSetup setup(arguments.session);
  const std::vector<Text> stop_texts = views(arguments.stops);
  GeneratorConfig config = generator_config(arguments, stop_texts);
  const std::string prompt = arguments.prompt ? *arguments.prompt : read_prompt();
  const LoadedModel model(arguments.blob, setup.load_config());
  config.session = setup.config_for(model);
  const HostGenerator generator(model, config);
  const std::vector<Token> tokens = encode(model.model().tokenizer(), prompt, EncodeMode::Prompt);
  catch_interrupt();  // the first one ends the reply
  if (arguments.echo && !arguments.json) print_now(prompt);
  append_prompt(*generator, tokens);
  const Reply reply = make_reply(*generator, reply_options(arguments));
  const uint32_t threads = arguments.session.thread_count();
  report(arguments, run_figures(model, generator->session(), threads), reply);
  return is_interrupted() ? ExitStatus::Interrupted : ExitStatus::Ok;
}

}  // namespace

void add_run_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<RunArguments>();
  CLI::App& command = *app.add_subcommand("run", "Continue a prompt");
  command.add_option("BLOB", arguments->blob, "The blob")->required();
  command.add_option("PROMPT", arguments->prompt, "The text to continue; default: standard input");
  command.add_option("--tokens", arguments->tokens, "Tokens at most")
      ->check(whole_number(0))
      ->capture_default_str();
  arguments->sampler.add_to(command);
  command.add_option("--stop", arguments->stops, "End before this text; repeatable")
      ->allow_extra_args(false);
  arguments->session.add_to(command);
  command.add_flag("--echo", arguments->echo, "Print the prompt before its continuation");
  command.add_flag("--stats", arguments->stats, "Print times, rates and memory on standard error");
  command.add_flag("--digest", arguments->digest, "Print the SHA-256 of all logits drawn from");
  command.add_flag("--json", arguments->json, "Print text and figures as JSON");
  command.callback([arguments, &status] { status = continue_prompt(*arguments); });
}

}  // namespace nibble::offline
