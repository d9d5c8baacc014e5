// A word as the pieces of least total cost: SentencePiece's unigram model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/turns.h"
#include "runtime/tokenizer/word_merger.h"

namespace nibble {

/// The cheapest way to write the text up to a place.
struct CheapestPrefix {
  uint64_t cost;
  Token token;     ///< Its last piece; kNoToken: a character without one.
  uint16_t bytes;  ///< Of the last piece.
};
// The memory of merge candidates is used for these.
static_assert(sizeof(CheapestPrefix) <= 2 * sizeof(MergeCandidate));

/// Writes the cheapest pieces as the symbols of the word (Kudo 2018; Viterbi's algorithm). Of equal
/// costs, the path whose last piece is longer.
/// @param symbols   [word.size()]
/// @param prefixes  [word.size() + 1]
/// @param turns     each piece that may begin somewhere counts as a byte
/// Cost: the word's bytes times the longest piece's.
void segment_unigram(const TokenizerTables& tables, Text word, Symbol* symbols,
                     CheapestPrefix* prefixes, Turns& turns);

}  // namespace nibble
