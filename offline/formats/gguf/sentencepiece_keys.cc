// SentencePiece by score. What a file does not say is what Llama's own tokenizer does.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "offline/files/input_error.h"
#include "offline/formats/gguf/tokenizer_keys.h"
#include "offline/formats/scored_pieces.h"

namespace nibble::offline {
namespace {

using format::PieceType;

constexpr uint32_t kLlamaBos = 1, kLlamaEos = 2;

std::vector<ScoredPiece> read_pieces(const TokenizerKeys& keys) {
  const std::vector<std::string_view> tokens = keys.strings("tokens");
  const std::vector<float> scores = keys.scores(tokens.size());
  const std::vector<PieceType> types = keys.types(tokens.size());
  std::vector<ScoredPiece> pieces(tokens.size());
  for (size_t i = 0; i < tokens.size(); ++i) {
    pieces[i].piece.type = types[i];
    pieces[i].score = scores[i];
    const std::string problem = set_written_text(pieces[i], tokens[i]);
    if (!problem.empty()) throw InputError(keys.place("tokens", i), problem);
  }
  return pieces;
}

}  // namespace

Vocabulary read_gguf_sentencepiece(const TokenizerKeys& keys, const std::string& where) {
  Vocabulary vocabulary;
  vocabulary.pieces = ranked_by_score(read_pieces(keys));
  find_unknown_piece(vocabulary, where);
  vocabulary.bos = keys.token_or("bos_token_id", kLlamaBos, vocabulary.pieces.size());
  const uint32_t eos = keys.token_or("eos_token_id", kLlamaEos, vocabulary.pieces.size());
  if (eos != format::kNoToken) vocabulary.eos = {eos};
  const bool has_bytes = std::ranges::find(vocabulary.pieces, PieceType::Byte, &Piece::type) !=
                         vocabulary.pieces.end();
  if (has_bytes) vocabulary.flags |= format::kByteFallback;
  if (keys["add_space_prefix"].flag_or(true)) vocabulary.flags |= format::kAddDummyPrefix;
  if (keys["add_bos_token"].flag_or(true)) vocabulary.flags |= format::kAddBos;
  return vocabulary;
}

}  // namespace nibble::offline
