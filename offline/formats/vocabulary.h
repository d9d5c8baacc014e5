// A vocabulary: pieces, merge ranks and special tokens, in the runtime's terms.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/format/blob.h"

namespace nibble::offline {

struct Piece {
  std::string text;  ///< as it appears in text: a space, not U+2581; byte pieces hold their byte
  uint32_t rank = format::kNoRank;  ///< merge priority, 0 first; kNoRank: not made by merging
  format::PieceType type = format::PieceType::Normal;
};

struct Vocabulary {
  format::TokenizerKind kind = format::TokenizerKind::SentencePieceBpe;
  uint32_t flags = 0;  ///< TokenizerFlag bits
  std::vector<Piece> pieces;
  uint32_t bos = format::kNoToken, unknown = format::kNoToken;
  std::vector<uint32_t> eos;  ///< 1 … 4 tokens
};

/// Of a piece as publishers write it: a space takes three bytes there.
inline constexpr size_t kMaxWrittenPieceBytes = 3 * size_t{format::kMaxPieceBytes};

/// The text of a piece as publishers write it: U+2581 becomes a space.
std::string text_of_piece(std::string_view written);

/// The inverse: a space becomes U+2581.
std::string written_piece(std::string_view text);

/// The byte that a piece written <0xNN> stands for, upper-case digits only; nothing otherwise.
std::optional<uint8_t> byte_of_piece(std::string_view written);

/// Refuses what the runtime's verifier would refuse, with messages for people: matchable pieces
/// are distinct, well-formed UTF-8 and not longer than kMaxPieceBytes; a byte has one piece; text
/// that no piece matches has a fallback. Throws InputError.
void check_vocabulary(const Vocabulary& vocabulary, const std::string& where);

}  // namespace nibble::offline
