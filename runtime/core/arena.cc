// The one place that turns the caller's bytes into aligned pieces.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/arena.h"

namespace nibble {

uint8_t* Arena::take_bytes(Checked bytes) {
  const Checked begin = used_;
  used_ = (used_ + bytes).aligned(kArenaAlignBytes);
  if (!used_.fits()) failed_ = true;
  if (!carving_ || failed_) return nullptr;

  if (!used_.at_most(memory_.size())) {
    failed_ = true;
    return nullptr;
  }
  return memory_.data() + begin.value();
}

}  // namespace nibble
