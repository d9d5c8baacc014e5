// Finds pieces by their text, and the tables in their section.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/tables.h"

namespace nibble {
namespace {

bool equal(Text a, Text b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] != b[i]) return false;
  }
  return true;
}

uint32_t larger(uint32_t a, size_t b) {
  return a > b ? a : static_cast<uint32_t>(b);
}

}  // namespace

Token TokenizerTables::find(Text piece, uint32_t hash) const {
  for (uint32_t probe = 0; probe < format::kMaxProbes; ++probe) {
    const Token token = tokenizer_.slots_[(hash + probe) & tokenizer_.slot_mask_];
    if (token == format::kNoToken || equal(text(token), piece)) return token;
  }
  return format::kNoToken;
}

Tokenizer TokenizerTables::point_into(const format::Manifest& manifest, Bytes section) {
  Tokenizer tokenizer;
  tokenizer.vocabulary_ = manifest.vocabulary;
  tokenizer.slot_mask_ = manifest.hash_slots - 1;
  tokenizer.flags_ = manifest.tokenizer_flags;
  tokenizer.bos_ = manifest.bos_token;
  tokenizer.unknown_ = manifest.unknown_token;
  for (int i = 0; i < 4; ++i) tokenizer.ends_[i] = manifest.eos_tokens[i];

  tokenizer.offsets_ = reinterpret_cast<const uint32_t*>(section.data());
  tokenizer.ranks_ = tokenizer.offsets_ + manifest.vocabulary + 1;
  tokenizer.byte_tokens_ = tokenizer.ranks_ + manifest.vocabulary;
  tokenizer.slots_ = tokenizer.byte_tokens_ + 256;
  tokenizer.types_ = reinterpret_cast<const uint8_t*>(tokenizer.slots_ + manifest.hash_slots);
  tokenizer.pool_ = reinterpret_cast<const char*>(tokenizer.types_ + manifest.vocabulary);
  return tokenizer;
}

void TokenizerTables::measure_pieces(Tokenizer& tokenizer) {
  const TokenizerTables tables(tokenizer);
  for (Token token = 0; token < tokenizer.vocabulary_; ++token) {
    const format::PieceType type = tables.type(token);
    const size_t bytes = tables.text(token).size();
    tokenizer.longest_piece_bytes_ = larger(tokenizer.longest_piece_bytes_, bytes);
    if (is_matchable(type)) {
      tokenizer.longest_matchable_bytes_ = larger(tokenizer.longest_matchable_bytes_, bytes);
    }
    if (type == format::PieceType::UserDefined) {
      tokenizer.longest_user_defined_bytes_ = larger(tokenizer.longest_user_defined_bytes_, bytes);
    }
  }
}

}  // namespace nibble
