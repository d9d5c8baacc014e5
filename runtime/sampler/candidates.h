// The tokens that can still be drawn: values and ids, narrowed down in place.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>

namespace nibble {

/// Kernels::exponentiate() takes multiples of 8.
constexpr size_t padded_for_exponentiate(size_t count) {
  return (count + 7) / 8 * 8;
}

/// Two parallel arrays in the sampler's workspace. Every step has one defined order, so sums, and
/// with them the token, are the same everywhere. The largest come first out of a heap: no
/// recursion, no memory, O(n + k log n).
class Candidates {
 public:
  /// The first `count` of each.
  Candidates(float* values, Token* ids, size_t count) : values_(values), ids_(ids), count_(count) {}

  float value(size_t i) const { return values_[i]; }
  Token id(size_t i) const { return ids_[i]; }
  void set(size_t i, float value, Token id) {
    values_[i] = value;
    ids_[i] = id;
  }

  /// Makes a heap, largest first, lowest id among equals, when called with 0 … count/2 − 1 in turn.
  void make_heap(size_t step) { sift_down(count_ / 2 - 1 - step, count_); }
  /// Moves the largest of the heap behind it. @param popped  how many were before
  /// @returns its value
  float pop_largest(size_t popped);
  /// What was popped, largest first, when called with 0 … min(popped, count/2) − 1 in turn.
  void reverse(size_t step) { swap(step, count_ - 1 - step); }

 private:
  bool precedes(size_t a, size_t b) const {
    return values_[a] != values_[b] ? values_[a] > values_[b] : ids_[a] < ids_[b];
  }
  void swap(size_t a, size_t b);
  void sift_down(size_t root, size_t heap_count);

  float* values_;
  Token* ids_;
  size_t count_;
};

}  // namespace nibble
