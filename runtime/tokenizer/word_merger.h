// A word as a row of symbols that merge with their right neighbors: byte pair encoding.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/turns.h"
#include "runtime/tokenizer/merge_queue.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {

/// A symbol starts at this byte of the word if `bytes` is not 0. Symbols are contiguous, so their
/// lengths alone link them.
struct Symbol {
  uint16_t bytes;
  uint16_t previous_bytes;  ///< Of the symbol to the left; 0: there is none.
  Token token;              ///< The piece that the symbol reads as, or kNoToken.
};
static_assert(format::kMaxPieceBytes <= UINT16_MAX);

class WordMerger {
 public:
  /// @param symbols     [word.size()]
  /// @param candidates  [2 · word.size()]: a merge removes one and adds two at most
  /// @param turns       each symbol, each look for a pair and each merge counts as a byte
  WordMerger(const TokenizerTables& tables, Text word, Symbol* symbols, MergeCandidate* candidates,
             Turns& turns)
      : tables_(tables), symbols_(symbols), text_(word), queue_(candidates), turns_(turns) {}

  /// Makes a symbol of each character, or of each byte. Then merges the pair of best rank, leftmost
  /// first among equals, until no pair may merge. The symbols are the result.
  void run();

 private:
  Symbol symbol_at(uint32_t begin) const;
  void split();
  void consider(uint32_t left);
  bool may_merge(const Symbol& left, const Symbol& right, Token token) const;
  bool is_current(const MergeCandidate& candidate) const;
  void apply(const MergeCandidate& candidate);

  const TokenizerTables& tables_;
  Symbol* const symbols_;
  const Text text_;
  MergeQueue queue_;
  Turns& turns_;
};

}  // namespace nibble
