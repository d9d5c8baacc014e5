// The caller's memory, carved once: the same code measures and carves, so the two cannot disagree.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/core/checked.h"

namespace nibble {

/// Everything that the runtime carves starts on a cache line.
inline constexpr size_t kArenaAlignBytes = 64;

inline bool is_arena_aligned(const void* memory) {
  return reinterpret_cast<uintptr_t>(memory) % kArenaAlignBytes == 0;
}

/// A bump allocator over the caller's bytes, or, when measuring, over nothing.
/// A failed take is sticky: once something did not fit, every take returns an empty span and
/// fits() is false; ask once at the end.
class Arena {
 public:
  /// An arena that hands out no memory and only counts.
  static constexpr Arena measuring() { return Arena(); }
  /// @pre memory starts on a multiple of kArenaAlignBytes: is_arena_aligned()
  explicit Arena(MutableBytes memory) : memory_(memory), carving_(true) {
    NIBBLE_CHECK(is_arena_aligned(memory.data()));
  }

  /// `count` uninitialized T, aligned to 64 bytes; empty when measuring or when they do not fit.
  template <class T>
  Span<T> take(Checked count) {
    static_assert(__is_trivially_copyable(T));
    const MutableBytes taken = take_bytes(count, sizeof(T));
    return {reinterpret_cast<T*>(taken.data()), taken.size() / sizeof(T)};
  }

  /// False after a take that did not fit (carving) or whose size overflowed.
  bool fits() const { return !failed_; }
  /// Bytes that the takes so far need or have used; each take is rounded up to 64.
  /// @returns bytes | SizeOverflow
  Result<size_t> used_bytes() const { return used_.bytes(); }

 private:
  constexpr Arena() = default;
  MutableBytes take_bytes(Checked count, size_t element_bytes);

  MutableBytes memory_;
  Checked used_ = 0;
  bool carving_ = false;
  bool failed_ = false;
};

/// Tells how much was taken from an arena since it was last asked: the line items of a memory bill.
class ArenaLedger {
 public:
  explicit ArenaLedger(const Arena& arena) : arena_(arena) { bytes_since(); }

  /// Bytes taken since the last call, or since the ledger was opened. They mean nothing once the
  /// arena's sizes overflowed: ask the arena's used_bytes() at the end.
  size_t bytes_since();

 private:
  const Arena& arena_;
  size_t told_bytes_ = 0;
};

}  // namespace nibble
