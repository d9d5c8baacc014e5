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

/// True for the pieces that text is merged to: those in the hash slots.
constexpr bool is_matchable(format::PieceType type) {
  return type == format::PieceType::Normal;
}

/// True for the pieces that may be added tokens.
constexpr bool is_addable(format::PieceType type) {
  return type == format::PieceType::UserDefined || type == format::PieceType::Control ||
         type == format::PieceType::Unknown;
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
  format::TokenizerKind kind() const {
    return static_cast<format::TokenizerKind>(tokenizer_.kind_);
  }
  Token unknown() const { return tokenizer_.unknown_; }
  Token begin() const { return tokenizer_.bos_; }    ///< Begins a prompt, where kAddBos is set.
  Token end() const { return tokenizer_.ends_[0]; }  ///< Ends a prompt, where kAddEos is set.
  uint32_t dearest_rank() const { return tokenizer_.dearest_rank_; }
  uint32_t longest_matchable_bytes() const { return tokenizer_.longest_matchable_bytes_; }

  /// Of table `merge`; 0 without one: any split, and no whole words.
  uint16_t merge(Token token) const {
    return tokenizer_.merges_ == nullptr ? uint16_t{0} : tokenizer_.merges_[token];
  }
  format::SplitStep split_step(size_t index) const {
    return static_cast<format::SplitStep>(tokenizer_.split_steps_[index]);
  }

  uint32_t added_count() const { return tokenizer_.added_count_; }
  Token added(uint32_t index) const { return tokenizer_.added_[index]; }
  uint8_t added_rules(uint32_t index) const { return tokenizer_.added_rules_[index]; }
  /// Whether an added token may begin with this byte. @param rules  kInNormalizedText or 0
  bool may_begin_added(uint8_t byte, uint8_t rules) const {
    return (tokenizer_.added_first_bytes_[rules != 0][byte / 32] >> (byte % 32) & 1) != 0;
  }

  /// The class of a code point that is not ASCII.
  format::CharacterClass class_of(uint32_t code) const;
  uint32_t class_run(uint32_t index) const {
    const uint8_t* const run = tokenizer_.class_runs_ + format::kClassRunBytes * index;
    return run[0] | uint32_t{run[1]} << 8 | uint32_t{run[2]} << 16;
  }
  const uint8_t* normalization() const { return tokenizer_.normalization_; }  ///< null: none
  Text chat_text(format::ChatText which) const;
  bool has_chat() const { return tokenizer_.chat_bytes_ != 0; }
  bool has(format::ChatFlag flag) const { return (tokenizer_.chat_flags_ & flag) != 0; }

  /// The token of the matchable `piece`, or kNoToken.
  Token find(Text piece) const { return find(piece, piece_hash(piece)); }
  /// @pre hash == piece_hash(piece)
  Token find(Text piece, uint32_t hash) const;

 private:
  friend Result<Tokenizer> bind_tokenizer(const format::Manifest& manifest, Bytes section);
  /// The pointers and numbers, nothing verified. @pre the section has the manifest's size
  static Tokenizer point_into(const format::Manifest& manifest, Bytes section);
  /// Fills in what is derived from the pieces. @pre the tables are verified
  static void measure_pieces(Tokenizer& tokenizer);
  static void note_first_bytes(Tokenizer& tokenizer);

  const Tokenizer& tokenizer_;
};

constexpr bool equal(Text a, Text b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

}  // namespace nibble
