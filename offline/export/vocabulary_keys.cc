// Tokens as publishers write them; ranks become scores of the same order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/vocabulary_keys.h"

#include "offline/files/input_error.h"
#include "offline/formats/scored_pieces.h"

namespace nibble::offline {
namespace {

using format::PieceType;

const std::string kPrefix = "tokenizer.ggml.";

std::string byte_name(uint8_t byte) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  return {'<', '0', 'x', kDigits[byte >> 4], kDigits[byte & 15], '>'};
}

/// Tokens without a text are rows that the model has beyond its vocabulary.
std::string written(const Piece& piece, size_t token) {
  if (piece.type == PieceType::Byte) return byte_name(static_cast<uint8_t>(piece.text.at(0)));
  if (piece.text.empty()) return "[PAD" + std::to_string(token) + "]";
  return written_piece(piece.text);
}

/// Higher scores merge first.
float score_of(const Piece& piece) {
  return piece.type == PieceType::Normal && piece.rank != format::kNoRank
             ? -static_cast<float>(piece.rank)
             : 0.0f;
}

void add_token(const std::string& key, uint32_t token, GgufKeys& keys) {
  if (token != format::kNoToken) keys.add(kPrefix + key, token);
}

}  // namespace

void add_vocabulary_keys(const Vocabulary& vocabulary, GgufKeys& keys) {
  std::vector<std::string> tokens;
  std::vector<float> scores;
  std::vector<int32_t> types;
  for (size_t token = 0; token < vocabulary.pieces.size(); ++token) {
    const Piece& piece = vocabulary.pieces[token];
    tokens.push_back(written(piece, token));
    scores.push_back(score_of(piece));
    types.push_back(static_cast<int32_t>(number_of_piece_type(piece.type)));
  }
  keys.add(kPrefix + "model", "llama");
  keys.add(kPrefix + "tokens", tokens);
  keys.add(kPrefix + "scores", scores);
  keys.add(kPrefix + "token_type", types);
  add_token("bos_token_id", vocabulary.bos, keys);
  add_token("unknown_token_id", vocabulary.unknown, keys);
  const char* const kEndKeys[] = {"eos_token_id", "eot_token_id", "eom_token_id"};
  for (size_t i = 0; i < std::min(vocabulary.eos.size(), std::size(kEndKeys)); ++i) {
    add_token(kEndKeys[i], vocabulary.eos[i], keys);
  }
  keys.add(kPrefix + "add_bos_token", (vocabulary.flags & format::kAddBos) != 0);
  keys.add(kPrefix + "add_eos_token", false);
  keys.add(kPrefix + "add_space_prefix", (vocabulary.flags & format::kAddDummyPrefix) != 0);
}

}  // namespace nibble::offline
