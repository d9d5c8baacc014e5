// What is said, between the strings of the chat template.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/tables.h"

namespace nibble {
namespace {

using format::ChatText;

bool is_blank(char byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

Text trimmed(Text text) {
  while (!text.empty() && is_blank(text[0])) text = text.from(1);
  while (!text.empty() && is_blank(text[text.size() - 1])) text = text.first(text.size() - 1);
  return text;
}

class TurnBuilder {
 public:
  explicit TurnBuilder(const TokenizerTables& tables) : tables_(tables) {}

  void add(ChatText which) { put(tables_.chat_text(which), /*is_trusted=*/true); }
  void say(Text text) {
    put(tables_.has(format::kChatTrims) ? trimmed(text) : text, /*is_trusted=*/false);
  }
  const ChatTurn& turn() const { return turn_; }

 private:
  void put(Text text, bool is_trusted) {
    if (!text.empty()) turn_.parts[turn_.count++] = {text, is_trusted};
  }

  const TokenizerTables& tables_;
  ChatTurn turn_;
};

}  // namespace

Result<ChatTurn> Tokenizer::chat_turn(bool begins, Text system, Text user) const {
  const TokenizerTables tables(*this);
  if (!has_chat()) return Error::BadArgument;
  if (system.empty()) system = tables.chat_text(ChatText::DefaultSystem);
  const bool has_system = begins && !system.empty();
  TurnBuilder builder(tables);
  builder.add(begins ? ChatText::Begin : ChatText::AssistantAfter);
  if (has_system) {
    builder.add(ChatText::SystemBefore);
    builder.say(system);
    builder.add(ChatText::SystemAfter);
  }
  if (!has_system || !tables.has(format::kChatSystemOpensUser)) builder.add(ChatText::UserBefore);
  builder.say(user);
  builder.add(ChatText::UserAfter);
  builder.add(ChatText::AssistantBefore);
  return builder.turn();
}

}  // namespace nibble
