// A vocabulary: pieces, merges, special tokens, and how text is cut up before it meets them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <array>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/format/blob.h"

namespace nibble::offline {

struct Piece {
  std::string
      text;  ///< as it appears in text: a space, not U+2581 or Ġ; byte pieces hold their byte
  uint32_t rank = format::kNoRank;  ///< merge priority, 0 first; kNoRank: not made by merging.
                                    ///< Of a unigram model: the cost
  format::PieceType type = format::PieceType::Normal;
  uint16_t left_bytes = 0;  ///< of the only left part it is merged from, with kPairMerges; 0: any
  uint8_t rules = 0;        ///< AddedTokenRule bits of added tokens: UserDefined, Control, Unknown
};

/// What a model expects a conversation to look like.
struct ChatTemplate {
  std::string name;                                       ///< "chatml", …; empty: none
  uint32_t flags = 0;                                     ///< ChatFlag bits
  std::array<std::string, format::kChatTextCount> texts;  ///< by ChatText
};

/// Of a model: a blob has room for no more.
inline constexpr size_t kMaxEndTokens = std::size(format::Manifest{}.eos_tokens);

struct Vocabulary {
  format::TokenizerKind kind = format::TokenizerKind::SentencePieceBpe;
  uint32_t flags = 0;  ///< TokenizerFlag bits
  std::vector<format::SplitStep> split_steps;
  /// A word that reads as a piece is the piece, whatever the merges say (Llama 3).
  bool ignores_merges = false;
  std::vector<Piece> pieces;
  uint32_t bos = format::kNoToken, unknown = format::kNoToken;
  std::vector<uint32_t> eos;  ///< 1 … kMaxEndTokens
  std::string chat_source;    ///< as the publisher wrote it, a program in Jinja; empty: none
  ChatTemplate chat;          ///< set_chat_template() makes it of the source
};

/// Of a piece as publishers write it: a space takes three bytes there.
inline constexpr size_t kMaxWrittenPieceBytes = 3 * size_t{format::kMaxPieceBytes};

/// The text of a piece as publishers write it: U+2581 becomes a space.
std::string text_of_piece(std::string_view written);

/// The inverse: a space becomes U+2581.
std::string written_piece(std::string_view text);

/// The byte that a piece written <0xNN> stands for, upper-case digits only; nothing otherwise.
std::optional<uint8_t> byte_of_piece(std::string_view written);

/// The bytes of a piece in the alphabet of byte-level vocabularies, where a space is Ġ; nothing
/// where it has a character that is not of that alphabet.
std::optional<std::string> bytes_of_piece(std::string_view written);

/// The inverse of bytes_of_piece().
std::string written_bytes(std::string_view bytes);

/// Refuses what the runtime's verifier would refuse, with messages for people: Normal pieces are
/// distinct, so are added tokens; no piece is longer than kMaxPieceBytes, and those of characters
/// are well-formed UTF-8; a byte has one piece; text that no piece matches has a fallback. Throws
/// InputError.
void check_vocabulary(const Vocabulary& vocabulary, const std::string& where);

}  // namespace nibble::offline
