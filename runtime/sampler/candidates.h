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
/// with them the token, are the same everywhere.
class Candidates {
 public:
  /// `capacity` elements each.
  Candidates(float* values, Token* ids) : values_(values), ids_(ids) {}

  size_t count() const { return count_; }
  float value(size_t i) const { return values_[i]; }
  Token id(size_t i) const { return ids_[i]; }
  float* values() { return values_; }

  void clear() { count_ = 0; }
  /// May overwrite value(i) for i >= count(): appending while reading on is fine.
  void append(float value, Token id) {
    values_[count_] = value;
    ids_[count_] = id;
    ++count_;
  }

  /// @pre count() >= 1
  float largest() const;
  /// The sum of the values, first to last.
  double total() const;
  /// Keeps the `limit` largest, largest first, lowest id among equals; fewer if those so far add up
  /// to `enough`. Keeps at least one. @pre limit >= 1, count() >= 1
  void keep_largest(size_t limit, double enough);
  /// Keeps those that are not below `floor`, in their order.
  void keep_from(float floor);

 private:
  bool precedes(size_t a, size_t b) const {
    return values_[a] != values_[b] ? values_[a] > values_[b] : ids_[a] < ids_[b];
  }
  void swap(size_t a, size_t b);
  void sift_down(size_t root, size_t heap_count);
  void reverse();

  float* values_;
  Token* ids_;
  size_t count_ = 0;
};

}  // namespace nibble
