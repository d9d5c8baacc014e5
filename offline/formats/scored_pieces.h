// Pieces with scores, as SentencePiece models and the files converted from them have them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "offline/formats/vocabulary.h"

namespace nibble::offline {

/// A piece as the file has it.
struct ScoredPiece {
  Piece piece;
  float score = 0;  ///< the higher, the earlier it is merged
};

/// The type that sentencepiece_model.proto, and GGUF after it, give this number; nothing for
/// others.
std::optional<format::PieceType> piece_type_of_number(uint64_t number);

/// The inverse of piece_type_of_number().
uint64_t number_of_piece_type(format::PieceType type);

/// Sets the text in the runtime's terms, by the piece's type. Spaces of a text become U+2581 before
/// it is matched, so a piece with a plain space is matched by nothing.
/// @returns what is wrong with the piece; empty if nothing is
std::string set_written_text(ScoredPiece& scored, std::string_view written);

/// The pieces with ranks: ranks are the distinct scores of normal pieces, best first, so that what
/// comparing scores decides, comparing ranks decides.
std::vector<Piece> ranked_by_score(std::vector<ScoredPiece> pieces);

/// Sets `unknown` to the one piece of that type. Throws InputError when there are two.
void find_unknown_piece(Vocabulary& vocabulary, const std::string& where);

}  // namespace nibble::offline
