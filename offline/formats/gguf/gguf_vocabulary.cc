// Chooses the kind of vocabulary, and adds what all kinds have.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_vocabulary.h"

#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/formats/gguf/tokenizer_keys.h"

namespace nibble::offline {
namespace {

using format::PieceType;

void refuse_unsupported(const TokenizerKeys& keys) {
  for (const char* const key : {"add_eos_token", "remove_extra_whitespaces", "add_sep_token"}) {
    if (keys[key].flag_or(false)) keys[key].refuse_as_unsupported();
  }
  if (keys.has_array("precompiled_charsmap")) {
    keys["precompiled_charsmap"].refuse("normalizes text, which is not supported");
  }
}

Vocabulary read_kind(const TokenizerKeys& keys, const std::string& where) {
  const JsonValue model = keys["model"];
  if (model.text() == "llama") return read_gguf_sentencepiece(keys, where);
  if (model.text() == "gpt2") return read_gguf_byte_level(keys, where);
  model.refuse("is " + model.quoted() + ", which is not supported; \"llama\" and \"gpt2\" are");
}

/// Chat models end a turn with a token of its own.
void add_end_tokens(const TokenizerKeys& keys, Vocabulary& vocabulary) {
  for (const char* const key : {"eot_token_id", "eom_token_id"}) {
    const uint32_t token = keys.token_or(key, format::kNoToken, vocabulary.pieces.size());
    const bool is_known = std::ranges::find(vocabulary.eos, token) != vocabulary.eos.end();
    if (token != format::kNoToken && !is_known) vocabulary.eos.push_back(token);
  }
  static_assert(kMaxEndTokens >= 3);
  if (vocabulary.eos.empty()) keys["eos_token_id"].refuse("is missing; no other key names an end");
}

}  // namespace

Vocabulary read_gguf_vocabulary(const GgufFile& file, uint32_t vocab_size,
                                const std::string& where) {
  const TokenizerKeys keys(file, where);
  refuse_unsupported(keys);
  Vocabulary vocabulary = read_kind(keys, where);
  add_end_tokens(keys, vocabulary);
  if (vocabulary.bos == format::kNoToken) {
    if (keys["add_bos_token"].flag_or(false)) keys["add_bos_token"].refuse("names no begin token");
    vocabulary.flags &= ~uint32_t{format::kAddBos};
  }
  if (vocabulary.pieces.size() > vocab_size) {
    throw InputError(where, "has " + std::to_string(vocabulary.pieces.size()) +
                                " tokens for an embedding of " + std::to_string(vocab_size) +
                                " rows; convert the model again");
  }
  const JsonValue chat = file.metadata[kGgufChatTemplate];
  if (chat.exists()) vocabulary.chat_source = chat.text();
  vocabulary.pieces.resize(vocab_size, Piece{.text = {}, .type = PieceType::Unused});
  check_vocabulary(vocabulary, where);
  return vocabulary;
}

}  // namespace nibble::offline
