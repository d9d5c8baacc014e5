// The one place that turns the caller's bytes into aligned pieces.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/arena.h"

namespace nibble {

MutableBytes Arena::take_bytes(Checked count, size_t element_bytes) {
  const Checked bytes = count * element_bytes;
  const Checked begin = used_;
  used_ = (used_ + bytes).aligned(kArenaAlignBytes);
  if (!used_.fits()) failed_ = true;
  if (!carving_ || failed_) return {};

  if (!used_.at_most(memory_.size())) {
    failed_ = true;
    return {};
  }
  return memory_.slice(begin.value(), bytes.value());
}

size_t ArenaLedger::bytes_since() {
  const Result<size_t> used = arena_.used_bytes();
  const size_t used_bytes = used.ok() ? used.value() : 0;
  const size_t bytes = used_bytes - told_bytes_;
  told_bytes_ = used_bytes;
  return bytes;
}

}  // namespace nibble
