// A binary heap in place.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/tokenizer/merge_queue.h"

namespace nibble {
namespace {

bool comes_before(const MergeCandidate& a, const MergeCandidate& b) {
  return a.rank != b.rank ? a.rank < b.rank : a.left < b.left;
}

}  // namespace

void MergeQueue::push(MergeCandidate candidate) {
  size_t hole = size_++;
  while (hole != 0) {
    const size_t parent = (hole - 1) / 2;
    if (!comes_before(candidate, entries_[parent])) break;
    entries_[hole] = entries_[parent];
    hole = parent;
  }
  entries_[hole] = candidate;
}

MergeCandidate MergeQueue::pop() {
  NIBBLE_CHECK(!empty());
  const MergeCandidate best = entries_[0];
  const MergeCandidate last = entries_[--size_];
  size_t hole = 0;
  for (size_t child = 1; child < size_; child = 2 * hole + 1) {
    if (child + 1 < size_ && comes_before(entries_[child + 1], entries_[child])) ++child;
    if (!comes_before(entries_[child], last)) break;
    entries_[hole] = entries_[child];
    hole = child;
  }
  entries_[hole] = last;
  return best;
}

}  // namespace nibble
