// The tokens that can still be drawn: values and ids, narrowed down in place.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>

namespace nibble {

/// Kernels::exponentiate() takes multiples of 8.
constexpr uint32_t padded_for_exponentiate(uint32_t count) {
  return (count + 7) / 8 * 8;
}

/// Two parallel arrays in the sampler's workspace. Every step has one defined order, so sums, and
/// with them the token, are the same everywhere. The largest come first out of a heap: no
/// recursion, no memory, O(n + k log n).
class Candidates {
 public:
  /// The first `count` of each.
  Candidates(float* values, Token* ids, uint32_t count)
      : values_(values), ids_(ids), count_(count) {}

  float value(uint32_t i) const { return values_[i]; }
  Token id(uint32_t i) const { return ids_[i]; }
  void set(uint32_t i, float value, Token id) {
    values_[i] = value;
    ids_[i] = id;
  }

  /// Makes a heap, largest first, lowest id among equals, when called with 0 … count/2 − 1 in turn.
  void make_heap(uint32_t step) { sift_down(count_ / 2 - 1 - step, count_); }
  /// Moves the largest of the heap behind it. @param popped  how many were before
  /// @returns its value
  float pop_largest(uint32_t popped);
  /// What was popped, largest first, when called with 0 … min(popped, count/2) − 1 in turn.
  void reverse(uint32_t step) { swap(step, count_ - 1 - step); }

 private:
  bool precedes(uint32_t a, uint32_t b) const {
    return values_[a] != values_[b] ? values_[a] > values_[b] : ids_[a] < ids_[b];
  }
  void swap(uint32_t a, uint32_t b);
  void sift_down(uint32_t root, uint32_t heap_count);

  float* values_;
  Token* ids_;
  uint32_t count_;
};

}  // namespace nibble
