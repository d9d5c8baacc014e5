// Chat templates: recognized by their text, filled with the vocabulary's tokens, or refused.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/chat_templates.h"

#include <gtest/gtest.h>

#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using format::ChatText;
using offline::Vocabulary;

/// A vocabulary whose control tokens are these; the first begins text, the second ends it.
Vocabulary vocabulary_of(const std::vector<std::string>& tokens, std::string source) {
  Vocabulary vocabulary;
  for (const std::string& token : tokens)
    vocabulary.pieces.push_back({token, format::kNoRank, format::PieceType::Control});
  vocabulary.bos = 0;
  vocabulary.eos = {1};
  vocabulary.chat_source = std::move(source);
  return vocabulary;
}

/// A conversation of two turns with a system text.
std::string rendered(const Vocabulary& vocabulary) {
  const auto& texts = vocabulary.chat.texts;
  const auto text = [&](ChatText which) { return texts[static_cast<size_t>(which)]; };
  const bool opens = (vocabulary.chat.flags & format::kChatSystemOpensUser) != 0;
  return text(ChatText::Begin) + text(ChatText::SystemBefore) + "SYS" +
         text(ChatText::SystemAfter) + (opens ? "" : text(ChatText::UserBefore)) + "ONE" +
         text(ChatText::UserAfter) + text(ChatText::AssistantBefore) + "REPLY" +
         text(ChatText::AssistantAfter) + text(ChatText::UserBefore) + "TWO" +
         text(ChatText::UserAfter) + text(ChatText::AssistantBefore);
}

Vocabulary recognized(const std::vector<std::string>& tokens, const std::string& source) {
  Vocabulary vocabulary = vocabulary_of(tokens, source);
  set_chat_template(vocabulary, "auto", "model");
  return vocabulary;
}

TEST(ChatTemplates, ChatMlEndsWithItsTokenAndKeepsTheDefaultSystemText) {
  const Vocabulary vocabulary = recognized(
      {"<|endoftext|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>"},
      R"({% if messages[0]['role'] != 'system' %}{{ '<|im_start|>system\nYou are kind.<|im_end|>\n' }}
         {% endif %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>'}})");
  EXPECT_EQ(vocabulary.chat.name, "chatml");
  EXPECT_EQ(rendered(vocabulary),
            "<|im_start|>system\nSYS<|im_end|>\n<|im_start|>user\nONE<|im_end|>\n"
            "<|im_start|>assistant\nREPLY<|im_end|>\n<|im_start|>user\nTWO<|im_end|>\n"
            "<|im_start|>assistant\n");
  EXPECT_EQ(vocabulary.chat.texts[static_cast<size_t>(ChatText::DefaultSystem)], "You are kind.");
  EXPECT_EQ(vocabulary.eos, (std::vector<uint32_t>{1, 3}));
}

TEST(ChatTemplates, Llama3BeginsOnce) {
  EXPECT_EQ(
      rendered(recognized(
          {"<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>",
           "<|eot_id|>"},
          "{{bos_token + '<|start_header_id|>' + role + '<|end_header_id|>' + '<|eot_id|>'}}")),
      "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nSYS<|eot_id|>"
      "<|start_header_id|>user<|end_header_id|>\n\nONE<|eot_id|>"
      "<|start_header_id|>assistant<|end_header_id|>\n\nREPLY<|eot_id|>"
      "<|start_header_id|>user<|end_header_id|>\n\nTWO<|eot_id|>"
      "<|start_header_id|>assistant<|end_header_id|>\n\n");
}

TEST(ChatTemplates, Llama2PutsTheSystemTextIntoTheFirstTurn) {
  EXPECT_EQ(rendered(recognized({"<s>", "</s>"}, "{{bos_token + '[INST] <<SYS>>' + eos_token}}")),
            "<s>[INST] <<SYS>>\nSYS\n<</SYS>>\n\nONE [/INST]REPLY </s><s>[INST] TWO [/INST]");
}

TEST(ChatTemplates, OthersAreToldApart) {
  const std::vector<std::string> tokens = {
      "<bos>", "</s>", "<start_of_turn>", "<end_of_turn>", "<|user|>", "<|assistant|>", "<|end|>"};
  const std::pair<const char*, const char*> kSources[] = {
      {"gemma", "<start_of_turn> model <end_of_turn>"},
      {"phi3", "'<|user|>' '<|assistant|>' '<|end|>'"},
      {"zephyr", "'<|user|>\\n' '<|assistant|>' eos_token"},
      {"mistral", "'[INST] ' + content + ' [/INST]' eos_token"}};
  for (const auto& [name, source] : kSources) EXPECT_EQ(recognized(tokens, source).chat.name, name);
}

TEST(ChatTemplates, UnknownOnesAreRefusedWithTheNamesOfThoseThatAreKnown) {
  expect_refusal([] { recognized({"<s>", "</s>"}, "{{ 'Human: ' }}"); }, "chatml, phi4, llama3");
  Vocabulary vocabulary = vocabulary_of({"<s>", "</s>"}, "{{ 'Human: ' }}");
  set_chat_template(vocabulary, "none", "model");
  EXPECT_TRUE(vocabulary.chat.name.empty());
  set_chat_template(vocabulary, "zephyr", "model");
  EXPECT_EQ(vocabulary.chat.name, "zephyr");
  expect_refusal([&] { set_chat_template(vocabulary, "chatml", "model"); }, "'<|im_start|>'");
}

TEST(ChatTemplates, ABombIsRefusedUnread) {
  std::string bomb = "<|im_start|> <|im_end|>";
  for (int i = 0; i < 100000; ++i) bomb += "{% for a in range(999999999) %}";
  expect_refusal([&] { recognized({"<|im_start|>", "<|im_end|>"}, bomb); }, "none of");
}

}  // namespace
}  // namespace nibble::test
