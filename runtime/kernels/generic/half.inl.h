// IEEE half precision to single and back in integer steps, for code without such an instruction.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

/// Exact: every half is a single.
inline float half_to_float(uint16_t half) {
  const uint32_t magnitude = half & 0x7FFFu;
  const uint32_t sign = (half & 0x8000u) << 16;
  if (magnitude >= 0x7C00u)  // infinity, NaN
    return __builtin_bit_cast(float, sign | 0x7F800000u | (magnitude - 0x7C00u) << 13);
  // The half's exponent read as a single's is too small by 112; a product by a power of two is
  // exact.
  return __builtin_bit_cast(float, sign | magnitude << 13) * 0x1p112f;
}

/// To nearest, ties to even; from 65520 on to infinity.
inline uint16_t float_to_half(float value) {
  const uint32_t bits = __builtin_bit_cast(uint32_t, value);
  const uint32_t sign = bits >> 16 & 0x8000u;
  const uint32_t magnitude = bits & 0x7FFFFFFFu;
  if (magnitude > 0x7F800000u)
    return static_cast<uint16_t>(sign | 0x7E00u | (magnitude >> 13 & 0x3FFu));
  if (magnitude >= 0x477FF000u) return static_cast<uint16_t>(sign | 0x7C00u);
  if (magnitude < 0x38800000u) {
    // A subnormal half is a multiple of 2^-24, the unit in the last place of singles in [0.5, 1).
    const float shifted = __builtin_bit_cast(float, magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (__builtin_bit_cast(uint32_t, shifted) - 0x3F000000u));
  }
  const uint32_t ties_to_even = 0xFFFu + (magnitude >> 13 & 1u);
  return static_cast<uint16_t>(sign | (magnitude - 0x38000000u + ties_to_even) >> 13);
}
