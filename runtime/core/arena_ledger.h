// Line items of a memory bill, taken from the arena that is being carved or measured.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/arena.h"

namespace nibble::program {

/// Tells what was taken from an arena since the last time it was asked.
class Bill {
 public:
  explicit Bill(const Arena& arena) : arena_(arena), billed_bytes_(used()) {}

  /// Meaningless once the arena's sizes overflowed: ask its used_bytes() at the end.
  size_t item() {
    const size_t item = used() - billed_bytes_;
    billed_bytes_ += item;
    return item;
  }

 private:
  size_t used() const {
    const Result<size_t> bytes = arena_.used_bytes();
    return bytes.ok() ? bytes.value() : 0;
  }

  const Arena& arena_;
  size_t billed_bytes_;
};

}  // namespace nibble::program
