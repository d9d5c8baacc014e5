// Selection by a heap in place.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/sampler/candidates.h"

namespace nibble {

void Candidates::swap(size_t a, size_t b) {
  const float value = values_[a];
  const Token id = ids_[a];
  set(a, values_[b], ids_[b]);
  set(b, value, id);
}

void Candidates::sift_down(size_t root, size_t heap_count) {
  for (size_t child = 2 * root + 1; child < heap_count; child = 2 * root + 1) {
    if (child + 1 < heap_count && precedes(child + 1, child)) ++child;
    if (!precedes(child, root)) return;
    swap(root, child);
    root = child;
  }
}

float Candidates::pop_largest(size_t popped) {
  const size_t last = count_ - 1 - popped;
  swap(0, last);
  sift_down(0, last);
  return values_[last];
}

}  // namespace nibble
