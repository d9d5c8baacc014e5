// Checks pieces one by one, then ranks them all.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/scored_pieces.h"

#include <algorithm>
#include <cmath>

#include "offline/files/input_error.h"

namespace nibble::offline {

using format::PieceType;

namespace {

/// By their numbers, from 1.
constexpr PieceType kTypes[] = {PieceType::Normal,      PieceType::Unknown, PieceType::Control,
                                PieceType::UserDefined, PieceType::Unused,  PieceType::Byte};

}  // namespace

std::optional<PieceType> piece_type_of_number(uint64_t number) {
  if (number < 1 || number > std::size(kTypes)) return {};
  return kTypes[number - 1];
}

uint64_t number_of_piece_type(PieceType type) {
  return static_cast<uint64_t>(std::ranges::find(kTypes, type) - std::begin(kTypes)) + 1;
}

std::string set_written_text(ScoredPiece& scored, std::string_view written) {
  Piece& piece = scored.piece;
  if (written.empty()) return "has an empty piece";
  if (!std::isfinite(scored.score)) return "has a piece whose score is not a finite number";
  if (piece.type == PieceType::Byte) {
    const auto byte = byte_of_piece(written);
    if (!byte) return "has byte piece '" + std::string(written) + "', not <0x00> to <0xFF>";
    piece.text = static_cast<char>(*byte);
    return {};
  }
  if (written.find(' ') != std::string_view::npos) {
    if (piece.type == PieceType::UserDefined) return "has a user-defined piece with a space";
    if (piece.type == PieceType::Normal) piece.type = PieceType::Unused;
  }
  piece.text = text_of_piece(written);
  // SentencePiece looks for them where it merges: behind the prefix, among marked spaces.
  if (piece.type == PieceType::UserDefined) piece.rules = format::kInNormalizedText;
  return {};
}

std::vector<Piece> ranked_by_score(std::vector<ScoredPiece> pieces) {
  std::vector<float> scores;
  for (const ScoredPiece& scored : pieces) {
    if (scored.piece.type == PieceType::Normal) scores.push_back(scored.score);
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  std::vector<Piece> ranked;
  ranked.reserve(pieces.size());
  for (ScoredPiece& scored : pieces) {
    if (scored.piece.type == PieceType::Normal) {
      const auto rank =
          std::lower_bound(scores.begin(), scores.end(), scored.score, std::greater<>());
      scored.piece.rank = static_cast<uint32_t>(rank - scores.begin());
    }
    ranked.push_back(std::move(scored.piece));
  }
  return ranked;
}

void find_unknown_piece(Vocabulary& vocabulary, const std::string& where) {
  for (uint32_t token = 0; token < vocabulary.pieces.size(); ++token) {
    if (vocabulary.pieces[token].type != PieceType::Unknown) continue;
    if (vocabulary.unknown != format::kNoToken) throw InputError(where, "has two unknown pieces");
    vocabulary.unknown = token;
  }
}

}  // namespace nibble::offline
