// Sizes, offsets and counts that came from a file: arithmetic that remembers overflow.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/status.h>
#include <stddef.h>
#include <stdint.h>

#include "runtime/core/align.h"

namespace nibble {

/// An unsigned 64-bit quantity whose overflow is sticky: compute freely, ask once at the end.
class Checked {
 public:
  constexpr Checked(uint64_t value) : value_(value) {}

  friend constexpr Checked operator+(Checked a, Checked b) {
    uint64_t sum = 0;
    const bool wrapped = __builtin_add_overflow(a.value_, b.value_, &sum);
    return Checked(sum, a.overflowed_ || b.overflowed_ || wrapped);
  }
  friend constexpr Checked operator*(Checked a, Checked b) {
    uint64_t product = 0;
    const bool wrapped = __builtin_mul_overflow(a.value_, b.value_, &product);
    return Checked(product, a.overflowed_ || b.overflowed_ || wrapped);
  }
  /// Rounds up to a multiple of `unit`. @pre unit is a power of two
  constexpr Checked aligned(uint64_t unit) const {
    const Checked raised = *this + Checked(unit - 1);
    return Checked(align_down(raised.value_, unit), raised.overflowed_);
  }

  /// False when any step overflowed, or when the value does not fit this machine's size_t.
  constexpr bool fits() const { return !overflowed_ && value_ <= SIZE_MAX; }
  constexpr bool at_most(uint64_t limit) const { return !overflowed_ && value_ <= limit; }
  /// @returns the value | SizeOverflow
  constexpr Result<size_t> bytes() const {
    if (!fits()) return Error::SizeOverflow;
    return static_cast<size_t>(value_);
  }
  /// @pre fits()
  constexpr uint64_t value() const {
    NIBBLE_CHECK(fits());
    return value_;
  }

 private:
  constexpr Checked(uint64_t value, bool overflowed) : value_(value), overflowed_(overflowed) {}
  uint64_t value_ = 0;
  bool overflowed_ = false;
};

}  // namespace nibble
