// The priority queue that makes encoding O(n log n): which pair of neighbors merges next.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

namespace nibble {

/// A pair of neighboring symbols that together read as a piece.
struct MergeCandidate {
  uint32_t rank;  ///< Lower ranks merge first.
  uint32_t left;  ///< The byte of the text where the left symbol starts.
  Token token;    ///< The piece.
};

/// Best rank first, leftmost among equals: a binary heap over the caller's array.
class MergeQueue {
 public:
  /// @param memory  as many elements as are ever queued at once
  explicit MergeQueue(MergeCandidate* memory) : entries_(memory) {}
  bool empty() const { return size_ == 0; }
  void push(MergeCandidate candidate);
  /// @pre !empty()
  MergeCandidate pop();

 private:
  MergeCandidate* entries_;
  size_t size_ = 0;
};

}  // namespace nibble
