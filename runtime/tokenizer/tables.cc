// Finds pieces by their text, and the tables in their section.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/tables.h"

#include "runtime/format/tables.h"

namespace nibble {
namespace {

uint32_t larger(uint32_t a, size_t b) {
  return a > b ? a : static_cast<uint32_t>(b);
}

/// Whether a space is behind anything else: such a piece spans words.
bool spans_words(Text text) {
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == ' ' && text[i - 1] != ' ') return true;
  }
  return false;
}

}  // namespace

Token TokenizerTables::find(Text piece, uint32_t hash) const {
  for (uint32_t probe = 0; probe < format::kMaxProbes; ++probe) {
    const Token token = tokenizer_.slots_[(hash + probe) & tokenizer_.slot_mask_];
    if (token == format::kNoToken || equal(text(token), piece)) return token;
  }
  return format::kNoToken;
}

/// The last run that begins at the code point or before it.
format::CharacterClass TokenizerTables::class_of(uint32_t code) const {
  uint32_t begin = 0, count = tokenizer_.class_run_count_;
  while (count > 1) {
    const uint32_t half = count / 2;
    if (class_run(begin + half) >> 3 <= code) begin += half;
    count -= half;
  }
  return count == 0 ? format::CharacterClass::Other
                    : static_cast<format::CharacterClass>(class_run(begin) & 7);
}

Text TokenizerTables::chat_text(format::ChatText which) const {
  const char* begin = tokenizer_.chat_;
  for (auto skip = static_cast<uint32_t>(which); skip != 0; ++begin) skip -= *begin == 0;
  size_t bytes = 0;
  while (begin[bytes] != 0) ++bytes;
  return {begin, bytes};
}

Tokenizer TokenizerTables::point_into(const format::Manifest& manifest, Bytes section) {
  Tokenizer tokenizer;
  tokenizer.vocabulary_ = manifest.vocabulary;
  tokenizer.slot_mask_ = manifest.hash_slots - 1;
  tokenizer.flags_ = manifest.tokenizer_flags;
  tokenizer.kind_ = manifest.tokenizer_kind;
  tokenizer.bos_ = manifest.bos_token;
  tokenizer.unknown_ = manifest.unknown_token;
  tokenizer.added_count_ = manifest.added_tokens;
  tokenizer.class_run_count_ = manifest.class_runs;
  tokenizer.chat_bytes_ = manifest.chat_bytes;
  tokenizer.chat_flags_ = manifest.chat_flags;
  for (int i = 0; i < 4; ++i) tokenizer.ends_[i] = manifest.eos_tokens[i];
  for (int i = 0; i < 8; ++i) tokenizer.split_steps_[i] = manifest.split_steps[i];

  const format::TokenizerOffsets at = format::tokenizer_offsets(manifest);
  const uint8_t* const data = section.data();
  const auto words = [data](uint64_t offset) {
    return reinterpret_cast<const uint32_t*>(data + offset);
  };
  tokenizer.offsets_ = words(0);
  tokenizer.ranks_ = words(at.ranks);
  tokenizer.byte_tokens_ = words(at.byte_tokens);
  tokenizer.slots_ = words(at.slots);
  tokenizer.added_ = words(at.added);
  if (manifest.normalization_bytes != 0) tokenizer.normalization_ = data + at.normalization;
  if ((manifest.tokenizer_flags & format::kPairMerges) != 0)
    tokenizer.merges_ = reinterpret_cast<const uint16_t*>(data + at.merges);
  tokenizer.types_ = data + at.types;
  tokenizer.added_rules_ = data + at.added_rules;
  tokenizer.class_runs_ = data + at.class_runs;
  tokenizer.chat_ = reinterpret_cast<const char*>(data + at.chat);
  tokenizer.pool_ = reinterpret_cast<const char*>(data + at.pool);
  return tokenizer;
}

void TokenizerTables::note_first_bytes(Tokenizer& tokenizer) {
  const TokenizerTables tables(tokenizer);
  for (uint32_t i = 0; i < tokenizer.added_count_; ++i) {
    const auto byte = static_cast<uint8_t>(tables.text(tables.added(i))[0]);
    const bool is_normalized = (tables.added_rules(i) & format::kInNormalizedText) != 0;
    tokenizer.added_first_bytes_[is_normalized][byte / 32] |= 1u << (byte % 32);
  }
}

void TokenizerTables::measure_pieces(Tokenizer& tokenizer) {
  const TokenizerTables tables(tokenizer);
  bool merges_words = false;
  for (Token token = 0; token < tokenizer.vocabulary_; ++token) {
    const Text text = tables.text(token);
    tokenizer.longest_piece_bytes_ = larger(tokenizer.longest_piece_bytes_, text.size());
    if (!is_matchable(tables.type(token))) continue;
    tokenizer.longest_matchable_bytes_ = larger(tokenizer.longest_matchable_bytes_, text.size());
    merges_words |= spans_words(text);
    if (tables.rank(token) != format::kNoRank)
      tokenizer.dearest_rank_ = larger(tokenizer.dearest_rank_, tables.rank(token));
  }
  // Where no piece spans words, they can be merged one by one: the same tokens, out of the cache.
  if (tables.split_step(0) == format::SplitStep::None && !merges_words)
    tokenizer.split_steps_[0] = static_cast<uint8_t>(format::SplitStep::SpaceRuns);
}

}  // namespace nibble
