// A text as a row of symbols that merge with their right neighbors: the state of one encoding.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/core/checked.h"
#include "runtime/tokenizer/tables.h"

namespace nibble {

/// A symbol starts at this byte of the text if `bytes` is not 0. Symbols lie side by side, so
/// lengths alone link them.
struct Symbol {
  uint16_t bytes;
  uint16_t previous_bytes;  ///< Of the symbol to the left; 0: there is none.
  Token token;              ///< The piece it reads as, or kNoToken.
};
static_assert(format::kMaxPieceBytes <= UINT16_MAX);

/// A pair of neighbors that would read as a piece.
struct Candidate {
  uint32_t rank;
  uint32_t left;  ///< Where the left one starts.
  Token token;    ///< The piece.
};

/// Longer texts are refused: positions and twice their number fit uint32_t.
inline constexpr size_t kMaxTextBytes = size_t{1} << 30;

/// The arrays of one encoding, each as long as it can get.
struct EncodeMemory {
  Symbol* symbols;        ///< [capacity]
  Candidate* candidates;  ///< [2 · capacity]: each merge removes one candidate and adds two at most
  char* text;             ///< [capacity]

  static constexpr Checked bytes(Checked capacity) {
    return capacity * (sizeof(Symbol) + 2 * sizeof(Candidate) + 1);
  }
  /// @pre memory is 8-byte aligned and has bytes(capacity)
  static EncodeMemory carve(uint8_t* memory, size_t capacity) {
    Symbol* const symbols = reinterpret_cast<Symbol*>(memory);
    Candidate* const candidates = reinterpret_cast<Candidate*>(symbols + capacity);
    return {symbols, candidates, reinterpret_cast<char*>(candidates + 2 * capacity)};
  }
};

/// Best rank first, leftmost among equals: a binary heap over the caller's array.
class CandidateHeap {
 public:
  explicit CandidateHeap(Candidate* memory) : entries_(memory) {}
  bool empty() const { return size_ == 0; }
  void push(Candidate candidate);
  /// @pre !empty()
  Candidate pop();

 private:
  Candidate* entries_;
  size_t size_ = 0;
};

}  // namespace nibble
