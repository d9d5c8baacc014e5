// The tokenizer tables of a blob, walked without checks: bind_tokenizer() has verified them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include "runtime/format/blob.h"

namespace nibble {

/// 32-bit FNV-1a, one byte at a time, so that prefixes of a text are hashed on the way.
inline constexpr uint32_t kPieceHashStart = 2166136261u;
constexpr uint32_t piece_hash(uint32_t hash, char byte) {
  return (hash ^ static_cast<uint8_t>(byte)) * 16777619u;
}
constexpr uint32_t piece_hash(Text text) {
  uint32_t hash = kPieceHashStart;
  for (const char byte : text) hash = piece_hash(hash, byte);
  return hash;
}

/// True for the pieces that text is matched against: those in the hash slots.
constexpr bool is_matchable(format::PieceType type) {
  return type == format::PieceType::Normal || type == format::PieceType::UserDefined;
}

/// A view of a tokenizer's tables. @pre every token that is given to it is below the vocabulary
class TokenizerTables {
 public:
  explicit TokenizerTables(const Tokenizer& tokenizer) : tokenizer_(tokenizer) {}

  Text text(Token token) const {
    return {tokenizer_.pool_ + tokenizer_.offsets_[token],
            tokenizer_.offsets_[token + 1] - tokenizer_.offsets_[token]};
  }
  uint32_t rank(Token token) const { return tokenizer_.ranks_[token]; }
  format::PieceType type(Token token) const {
    return static_cast<format::PieceType>(tokenizer_.types_[token]);
  }
  const uint32_t* offsets() const { return tokenizer_.offsets_; }  ///< [vocabulary + 1]
  const uint32_t* slots() const { return tokenizer_.slots_; }      ///< [hash_slots]
  Token byte_token(uint8_t byte) const { return tokenizer_.byte_tokens_[byte]; }
  bool has(format::TokenizerFlag flag) const { return (tokenizer_.flags_ & flag) != 0; }
  Token unknown() const { return tokenizer_.unknown_; }
  Token begin() const { return tokenizer_.bos_; }  ///< Begins a prompt, where kAddBos is set.
  uint32_t longest_matchable_bytes() const { return tokenizer_.longest_matchable_bytes_; }
  uint32_t longest_user_defined_bytes() const { return tokenizer_.longest_user_defined_bytes_; }

  /// The token of the matchable `piece`, or kNoToken. @pre hash == piece_hash(piece)
  Token find(Text piece, uint32_t hash) const;

 private:
  friend Result<Tokenizer> bind_tokenizer(const format::Manifest& manifest, Bytes section);
  /// The pointers and numbers, nothing verified. @pre the section has the manifest's size
  static Tokenizer point_into(const format::Manifest& manifest, Bytes section);
  /// Fills in the longest pieces. @pre the offsets and types are verified
  static void measure_pieces(Tokenizer& tokenizer);

  const Tokenizer& tokenizer_;
};

}  // namespace nibble
