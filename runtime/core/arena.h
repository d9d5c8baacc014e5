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
    uint8_t* const start = take_bytes(count * Checked(sizeof(T)));
    return start == nullptr ? Span<T>() : Span<T>(reinterpret_cast<T*>(start), count.value());
  }

  /// False after a take that did not fit (carving) or whose size overflowed.
  bool fits() const { return !failed_; }
  /// Bytes that the takes so far need or have used; each take is rounded up to 64.
  /// @returns bytes | SizeOverflow
  Result<size_t> used_bytes() const { return used_.bytes(); }

 private:
  constexpr Arena() = default;
  uint8_t* take_bytes(Checked bytes);

  MutableBytes memory_;
  Checked used_ = 0;
  bool carving_ = false;
  bool failed_ = false;
};

}  // namespace nibble
