// A text as a row of symbols that merge with their right neighbors: one encoding by SentencePiece's
// rule.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/checked.h"
#include "runtime/tokenizer/merge_queue.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {

/// A symbol starts at this byte of the text if `bytes` is not 0. Symbols are contiguous, so their
/// lengths alone link them.
struct Symbol {
  uint16_t bytes;
  uint16_t previous_bytes;  ///< Of the symbol to the left; 0: there is none.
  Token token;              ///< The piece that the symbol reads as, or kNoToken.
};
static_assert(format::kMaxPieceBytes <= UINT16_MAX);

/// The arrays of one encoding, each as long as it can get.
struct SentencePieceMemory {
  Symbol* symbols;             ///< [capacity]
  MergeCandidate* candidates;  ///< [2 · capacity]: a merge removes one and adds two at most
  char* text;                  ///< [capacity]

  static constexpr Checked bytes(Checked capacity) {
    return capacity * (sizeof(Symbol) + 2 * sizeof(MergeCandidate) + 1);
  }
  /// @pre memory is 8-byte aligned and has bytes(capacity)
  static SentencePieceMemory carve(uint8_t* memory, size_t capacity) {
    Symbol* const symbols = reinterpret_cast<Symbol*>(memory);
    MergeCandidate* const candidates = reinterpret_cast<MergeCandidate*>(symbols + capacity);
    return {symbols, candidates, reinterpret_cast<char*>(candidates + 2 * capacity)};
  }
};

class SentencePieceMerger {
 public:
  /// @param text_bytes  at the start of memory.text
  SentencePieceMerger(const TokenizerTables& tables, const SentencePieceMemory& memory,
                      size_t text_bytes)
      : tables_(tables),
        symbols_(memory.symbols),
        text_(memory.text, text_bytes),
        queue_(memory.candidates) {}

  /// Makes a symbol of each user-defined piece and of each other character.
  void split();
  /// Merges the pair of best rank, leftmost first among equals, until no pair reads as a piece.
  void merge();

 private:
  Symbol user_defined_at(uint32_t begin) const;
  Symbol character_at(uint32_t begin) const;
  Token find(uint32_t begin, uint32_t bytes) const {
    const Text text = text_.slice(begin, bytes);
    return tables_.find(text, piece_hash(text));
  }
  bool may_merge(const Symbol& symbol) const {
    return symbol.token == format::kNoToken ||
           tables_.type(symbol.token) != format::PieceType::UserDefined;
  }
  void consider(uint32_t left);
  bool is_current(const MergeCandidate& candidate) const;
  void apply(const MergeCandidate& candidate);

  const TokenizerTables tables_;
  Symbol* const symbols_;
  const Text text_;
  MergeQueue queue_;
};

}  // namespace nibble
