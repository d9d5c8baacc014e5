// The line items of an arena, taken while it is being carved or measured.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/arena.h"

namespace nibble {

/// Tells how much was taken from an arena since it was last asked.
class ArenaLedger {
 public:
  explicit ArenaLedger(const Arena& arena) : arena_(arena), told_bytes_(used()) {}

  /// Bytes taken since the last call, or since the ledger was opened. They mean nothing once the
  /// arena's sizes overflowed: ask the arena's used_bytes() at the end.
  size_t bytes_since() {
    const size_t bytes = used() - told_bytes_;
    told_bytes_ += bytes;
    return bytes;
  }

 private:
  size_t used() const {
    const Result<size_t> bytes = arena_.used_bytes();
    return bytes.ok() ? bytes.value() : 0;
  }

  const Arena& arena_;
  size_t told_bytes_;
};

}  // namespace nibble
