// Selection by a heap in place: no recursion, no memory, O(n + k log n).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/sampler/candidates.h"

namespace nibble {

double Candidates::total() const {
  double total = 0;
  for (size_t i = 0; i < count_; ++i) total += static_cast<double>(values_[i]);
  return total;
}

float Candidates::largest() const {
  float largest = values_[0];
  for (size_t i = 1; i < count_; ++i) largest = values_[i] > largest ? values_[i] : largest;
  return largest;
}

void Candidates::swap(size_t a, size_t b) {
  const float value = values_[a];
  const Token id = ids_[a];
  values_[a] = values_[b];
  ids_[a] = ids_[b];
  values_[b] = value;
  ids_[b] = id;
}

void Candidates::sift_down(size_t root, size_t heap_count) {
  for (size_t child = 2 * root + 1; child < heap_count; child = 2 * root + 1) {
    if (child + 1 < heap_count && precedes(child + 1, child)) ++child;
    if (!precedes(child, root)) return;
    swap(root, child);
    root = child;
  }
}

void Candidates::reverse() {
  for (size_t i = 0; i < count_ / 2; ++i) swap(i, count_ - 1 - i);
}

void Candidates::keep_largest(size_t limit, double enough) {
  for (size_t root = count_ / 2; root-- != 0;) sift_down(root, count_);

  // Each pop moves the largest behind the heap: best last, until the whole is reversed.
  size_t kept = 0;
  double sum = 0;
  do {
    const size_t last = count_ - 1 - kept;
    swap(0, last);
    sift_down(0, last);
    sum += static_cast<double>(values_[last]);
    ++kept;
  } while (kept < limit && kept < count_ && sum < enough);
  reverse();
  count_ = kept;
}

void Candidates::keep_from(float floor) {
  const size_t before = count_;
  clear();
  for (size_t i = 0; i < before; ++i) {
    if (values_[i] >= floor) append(values_[i], ids_[i]);
  }
}

}  // namespace nibble
