// nibble chat: a conversation in the model's chat template.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <unistd.h>

#include <iostream>
#include <memory>

#include "offline/cli/command.h"
#include "offline/cli/interruption.h"
#include "offline/cli/option_values.h"
#include "offline/cli/sampler_options.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_input.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/reply.h"
#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {
namespace {

constexpr size_t kMaxTurnBytes = 1u << 20;

struct ChatArguments {
  std::string blob, system;
  SessionOptions session;
  SamplerOptions sampler;
  uint64_t tokens = 0;
};

class Conversation {
 public:
  Conversation(const ChatArguments& arguments, Generator& generator)
      : arguments_(arguments), generator_(generator) {}

  /// Says one thing, and shows the reply as it is made.
  void take_turn(const std::string& user) {
    say(user);
    ReplyOptions options;
    options.show = print_now;
    options.is_interrupted = is_interrupted;
    const Reply reply = make_reply(generator_, options);
    print_now("\n");
    if (reply.end == EndReason::ContextFull) refuse_as_full();
  }

 private:
  void say(const std::string& user) {
    const Status said = generator_.chat({arguments_.system.data(), arguments_.system.size()},
                                        {user.data(), user.size()});
    if (said.error() == Error::ContextFull) refuse_as_full();
    value_or_throw(said, "conversation");
  }

  [[noreturn]] void refuse_as_full() const {
    throw InputError("conversation", "has filled the context of " +
                                         std::to_string(generator_.session().context_tokens()) +
                                         " tokens; begin a new one, or give a larger --context");
  }

  const ChatArguments& arguments_;
  Generator& generator_;
};

/// Only people need to be told that it is their turn.
void prompt_user() {
  if (isatty(STDIN_FILENO) != 0) std::fputs("> ", stderr);
}

/// A line, with as much room as the system prompt leaves.
std::optional<std::string> read_turn(const ChatArguments& arguments) {
  return read_line(std::cin, kMaxTurnBytes - arguments.system.size(), "no context holds that");
}

ExitStatus converse(const ChatArguments& arguments) {
  if (arguments.system.size() > kMaxTurnBytes) throw UsageError("--system: at most 1 MiB");
  const SessionSetup setup(arguments.session);
  const LoadedModel model(arguments.blob, setup.load_config());
  if (!model.model().tokenizer().has_chat()) {
    throw InputError(
        arguments.blob,
        "has no chat template; pack the model with --chat-template, or use nibble run");
  }
  GeneratorConfig config;
  config.sampler = arguments.sampler.config();
  config.max_tokens = arguments.tokens;
  config.prompt_bytes = kMaxTurnBytes;
  config.session = setup.config_for(model);
  const HostGenerator generator(model, config);
  Conversation conversation(arguments, *generator);
  catch_interrupt();  // the first one ends the reply
  prompt_user();
  for (; !is_interrupted(); prompt_user()) {
    const std::optional<std::string> line = read_turn(arguments);
    if (!line) break;
    if (!line->empty()) conversation.take_turn(*line);
  }
  return is_interrupted() ? ExitStatus::Interrupted : ExitStatus::Ok;
}

}  // namespace

void add_chat_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<ChatArguments>();
  CLI::App& command = *app.add_subcommand("chat", "Talk with a model, a line of input per turn");
  command.add_option("BLOB", arguments->blob, "The blob")->required();
  command.add_option("--system", arguments->system,
                     "How the model is to behave; default: what its template says");
  command.add_option("--tokens", arguments->tokens, "Tokens of a reply at most; 0: no limit")
      ->check(whole_number(0))
      ->capture_default_str();
  arguments->sampler.add_to(command);
  arguments->session.add_to(command);
  command.callback([arguments, &status] { status = converse(*arguments); });
}

}  // namespace nibble::offline
