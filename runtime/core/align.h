// Rounding to an alignment: the one formula.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/check.h>
#include <stddef.h>
#include <stdint.h>

namespace nibble {

constexpr bool is_power_of_two(uint64_t value) {
  return value != 0 && (value & (value - 1)) == 0;
}

// Always inlined: kernels call these from objects built for one CPU, whose copy the linker must not
// keep for everyone.

/// The last multiple of `unit` that is not above `value`. @pre unit is a power of two
template <class T>
[[gnu::always_inline]] constexpr T align_down(T value, T unit) {
  NIBBLE_CHECK(is_power_of_two(unit));
  return value & ~(unit - 1);
}
/// The first multiple of `unit` that is not below `value`.
/// @pre unit is a power of two, and the result fits T
template <class T>
[[gnu::always_inline]] constexpr T align_up(T value, T unit) {
  NIBBLE_CHECK(value <= T(-1) - (unit - 1));
  return align_down(value + (unit - 1), unit);
}

}  // namespace nibble
