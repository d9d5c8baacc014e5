// Any bytes as a chat template and as what is said: no control token comes from what is said.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/formats/chat_templates.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/tokenizer_invariants.h"
#include "tests/runtime/tokenizer/bound_tokenizer.h"

namespace nibble::fuzz {
namespace {

using format::PieceType;

/// One that has the tokens of every template.
offline::Vocabulary vocabulary_with(std::string_view chat_source) {
  offline::Vocabulary vocabulary = test::small_vocabulary({" ", "a", "b", "ab"});
  for (const char* const text :
       {"<|im_start|>", "<|im_end|>", "<|im_sep|>", "<|start_header_id|>", "<|end_header_id|>",
        "<|eot_id|>", "[INST]", "[/INST]", "<start_of_turn>", "<end_of_turn>", "<|user|>",
        "<|assistant|>", "<|end|>", "<|start_of_role|>", "<|end_of_role|>", "<|end_of_text|>"}) {
    vocabulary.pieces.push_back({text, format::kNoRank, PieceType::Control});
  }
  vocabulary.chat_source = chat_source;
  return vocabulary;
}

size_t controls_in(const offline::Vocabulary& vocabulary, const std::vector<Token>& tokens) {
  return static_cast<size_t>(std::ranges::count_if(
      tokens, [&](Token token) { return vocabulary.pieces.at(token).type == PieceType::Control; }));
}

std::vector<Token> turn(const Tokenizer& tokenizer, Text said) {
  const Result<ChatTurn> turn = tokenizer.chat_turn(true, {}, said);
  claim(turn.ok(), "a template that was recognized makes turns");
  size_t bytes = 0;
  for (const TextPart& part : turn.value().span()) bytes += part.text.size();
  Memory workspace(tokenizer.workspace_bytes(bytes).value());
  std::vector<Token> tokens(tokenizer.most_tokens(bytes));
  const Result<size_t> count = tokenizer.encode(turn.value().span(), EncodeMode::Prompt,
                                                {tokens.data(), tokens.size()}, workspace.bytes());
  claim(count.ok(), "most_tokens() suffices");
  tokens.resize(count.value());
  return tokens;
}

/// The template is what comes before the first zero.
void talk(std::string_view input) {
  const size_t end = std::min(input.find('\0'), input.size());
  offline::Vocabulary vocabulary = vocabulary_with(input.substr(0, end));
  set_chat_template(vocabulary, "auto", "input");
  if (vocabulary.chat.name.empty()) return;
  const test::Tables tables(vocabulary);
  const Result<Tokenizer> tokenizer = tables.bind();
  claim(tokenizer.ok(), "the runtime takes the template that the packer made");
  const std::string_view said = input.substr(std::min(end + 1, input.size()));
  claim(controls_in(vocabulary, turn(tokenizer.value(), text_of(said))) ==
            controls_in(vocabulary, turn(tokenizer.value(), text_of("a"))),
        "what is said spells no control token");
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    nibble::fuzz::talk({reinterpret_cast<const char*>(data), size});
  } catch (const nibble::offline::InputError&) {
  }
  return 0;
}
