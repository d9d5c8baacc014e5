// Reads tokens, scores and types, and the ids of special tokens.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_vocabulary.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "offline/formats/scored_pieces.h"

namespace nibble::offline {
namespace {

using format::PieceType;

const std::string kPrefix = "tokenizer.ggml.";
constexpr size_t kMaxEndTokens = std::size(format::Manifest{}.eos_tokens);

/// Tokenizer keys of one file.
class TokenizerKeys {
 public:
  TokenizerKeys(const GgufFile& file, const std::string& where) : file_(file), where_(where) {}

  JsonValue operator[](const std::string& key) const { return file_.metadata[kPrefix + key]; }
  bool has_array(const std::string& key) const { return file_.arrays.contains(kPrefix + key); }
  std::vector<std::string_view> tokens() const { return file_.strings(kPrefix + "tokens"); }
  std::vector<float> scores(size_t count) const {
    return checked(file_.floats(kPrefix + "scores"), count, "scores");
  }
  std::vector<int32_t> types(size_t count) const {
    return checked(file_.integers(kPrefix + "token_type"), count, "token_type");
  }
  /// Where token `i` is, for messages.
  std::string token_where(size_t i) const {
    return where_ + ": /" + kPrefix + "tokens/" + std::to_string(i);
  }
  /// A token's id, or `otherwise` where the file does not say.
  uint32_t token_or(const std::string& key, uint32_t otherwise, size_t count) const {
    const JsonValue id = (*this)[key];
    if (id.exists() && id.whole_number() >= count) {
      id.refuse("is " + id.quoted() + ", not a token id below " + std::to_string(count));
    }
    if (id.exists()) return static_cast<uint32_t>(id.whole_number());
    return otherwise < count ? otherwise : format::kNoToken;
  }

 private:
  template <class T>
  std::vector<T> checked(std::vector<T> values, size_t count, const char* key) const {
    if (values.size() != count) {
      throw InputError(where_ + ": /" + kPrefix + key,
                       "has " + std::to_string(values.size()) + " elements for " +
                           std::to_string(count) + " tokens; convert the model again");
    }
    return values;
  }

  const GgufFile& file_;
  const std::string& where_;
};

/// A text's end is only ever marked by the model itself.
void refuse_unsupported(const TokenizerKeys& keys) {
  for (const char* const key : {"add_eos_token", "remove_extra_whitespaces", "add_sep_token"}) {
    if (keys[key].flag_or(false)) keys[key].refuse_as_unsupported();
  }
  const JsonValue map = keys["precompiled_charsmap"];
  if (keys.has_array("precompiled_charsmap")) {
    map.refuse("normalizes text, which is not supported");
  }
}

std::vector<ScoredPiece> read_pieces(const TokenizerKeys& keys) {
  const std::vector<std::string_view> tokens = keys.tokens();
  const std::vector<float> scores = keys.scores(tokens.size());
  const std::vector<int32_t> types = keys.types(tokens.size());
  std::vector<ScoredPiece> pieces(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    const auto type = piece_type_of_number(static_cast<uint64_t>(types[i]));
    if (!type) {
      throw InputError(keys.token_where(i), "has unknown type " + std::to_string(types[i]));
    }
    pieces[i].piece.type = *type;
    pieces[i].score = scores[i];
    const std::string problem = set_written_text(pieces[i], tokens[i]);
    if (!problem.empty()) throw InputError(keys.token_where(i), problem);
  }
  return pieces;
}

void set_end_tokens(const TokenizerKeys& keys, Vocabulary& vocabulary, uint32_t otherwise) {
  const size_t count = vocabulary.pieces.size();
  for (const char* const key : {"eos_token_id", "eot_token_id", "eom_token_id"}) {
    const bool is_first = vocabulary.eos.empty();
    const uint32_t token = keys.token_or(key, is_first ? otherwise : format::kNoToken, count);
    const bool is_known = std::ranges::find(vocabulary.eos, token) != vocabulary.eos.end();
    if (token != format::kNoToken && !is_known) vocabulary.eos.push_back(token);
  }
  if (vocabulary.eos.empty() || vocabulary.eos.size() > kMaxEndTokens) {
    keys["eos_token_id"].refuse("names no end token");
  }
}

/// SentencePiece by score. What is not said is what Llama's own tokenizer does.
Vocabulary read_sentencepiece(const TokenizerKeys& keys, const std::string& where) {
  constexpr uint32_t kLlamaBos = 1, kLlamaEos = 2;
  Vocabulary vocabulary;
  vocabulary.pieces = ranked_by_score(read_pieces(keys));
  const size_t count = vocabulary.pieces.size();
  find_unknown_piece(vocabulary, where);
  vocabulary.bos = keys.token_or("bos_token_id", kLlamaBos, count);
  set_end_tokens(keys, vocabulary, kLlamaEos);
  const bool has_bytes = std::ranges::any_of(
      vocabulary.pieces, [](PieceType type) { return type == PieceType::Byte; }, &Piece::type);
  if (has_bytes) vocabulary.flags |= format::kByteFallback;
  if (keys["add_space_prefix"].flag_or(true)) vocabulary.flags |= format::kAddDummyPrefix;
  if (keys["add_bos_token"].flag_or(true) && vocabulary.bos != format::kNoToken) {
    vocabulary.flags |= format::kAddBos;
  }
  return vocabulary;
}

}  // namespace

Vocabulary read_gguf_vocabulary(const GgufFile& file, uint32_t vocab_size,
                                const std::string& where) {
  const TokenizerKeys keys(file, where);
  refuse_unsupported(keys);
  const JsonValue model = keys["model"];
  if (model.text() != "llama") {
    model.refuse("is " + model.quoted() + ", which is not supported; \"llama\" is");
  }
  Vocabulary vocabulary = read_sentencepiece(keys, where);
  if (vocabulary.pieces.size() > vocab_size) {
    throw InputError(where, "has " + std::to_string(vocabulary.pieces.size()) +
                                " tokens for an embedding of " + std::to_string(vocab_size) +
                                " rows; convert the model again");
  }
  vocabulary.pieces.resize(vocab_size, Piece{.text = {}, .type = PieceType::Unused});
  check_vocabulary(vocabulary, where);
  return vocabulary;
}

}  // namespace nibble::offline
