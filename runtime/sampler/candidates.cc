// Selection by a heap in place.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/sampler/candidates.h"

namespace nibble {

void Candidates::swap(uint32_t a, uint32_t b) {
  const float value = values_[a];
  const Token id = ids_[a];
  set(a, values_[b], ids_[b]);
  set(b, value, id);
}

void Candidates::sift_down(uint32_t root, uint32_t heap_count) {
  for (uint32_t child = 2 * root + 1; child < heap_count; child = 2 * root + 1) {
    if (child + 1 < heap_count && precedes(child + 1, child)) ++child;
    if (!precedes(child, root)) return;
    swap(root, child);
    root = child;
  }
}

float Candidates::pop_largest(uint32_t popped) {
  const uint32_t last = count_ - 1 - popped;
  swap(0, last);
  sift_down(0, last);
  return values_[last];
}

}  // namespace nibble
