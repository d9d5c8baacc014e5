// Forward over all pieces that begin at each character, then back along the cheapest ones.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/unigram.h"

#include "runtime/core/utf8.h"

namespace nibble {
namespace {

void offer(CheapestPrefix& prefix, const CheapestPrefix& other) {
  if (other.cost < prefix.cost) prefix = other;
}

/// Offers all that begins at `begin` to the places where it ends.
void extend(const TokenizerTables& tables, Text word, size_t begin, CheapestPrefix* prefixes,
            Turns& turns) {
  const Text rest = word.from(begin);
  const Utf8Prefix first = utf8_prefix(rest);
  const size_t character = first.kind == Utf8::Whole ? first.bytes : 1;
  bool is_covered = false;
  uint32_t hash = kPieceHashStart;
  for (size_t bytes = 1; bytes <= rest.size() && bytes <= tables.longest_matchable_bytes();
       ++bytes) {
    turns.count(1);
    hash = piece_hash(hash, rest[bytes - 1]);
    const Token token = tables.find(rest.first(bytes), hash);
    if (token == format::kNoToken || tables.rank(token) == format::kNoRank) continue;
    is_covered |= bytes == character;
    offer(prefixes[begin + bytes],
          {prefixes[begin].cost + tables.rank(token), token, static_cast<uint16_t>(bytes)});
  }
  if (is_covered) return;
  offer(prefixes[begin + character],
        {prefixes[begin].cost + tables.dearest_rank() + format::kUnknownCost, format::kNoToken,
         static_cast<uint16_t>(character)});
}

}  // namespace

void segment_unigram(const TokenizerTables& tables, Text word, Symbol* symbols,
                     CheapestPrefix* prefixes, Turns& turns) {
  prefixes[0].cost = 0;
  for (size_t i = 1; i <= word.size(); ++i) prefixes[i].cost = UINT64_MAX;
  for (size_t begin = 0; begin < word.size(); ++begin) {
    if (prefixes[begin].cost != UINT64_MAX) extend(tables, word, begin, prefixes, turns);
  }
  for (size_t end = word.size(); end != 0;) {
    const CheapestPrefix& last = prefixes[end];
    end -= last.bytes;
    symbols[end] = {last.bytes, 0, last.token};
  }
}

}  // namespace nibble
