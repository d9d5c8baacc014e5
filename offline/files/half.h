// IEEE half and bfloat16 as the bits a file holds, to and from float: exact, or round to nearest
// even.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <bit>
#include <cstdint>

namespace nibble::offline {

/// The float of the same value; NaN payloads are kept.
constexpr float float_from_half(uint16_t half) {
  constexpr uint32_t kExponentGap = (127 - 15) << 23;  // between the two formats' biases
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t magnitude = static_cast<uint32_t>(half & 0x7FFF) << 13;
  if ((half & 0x7C00) == 0x7C00) return std::bit_cast<float>(sign | 0x7F800000 | magnitude);
  if ((half & 0x7C00) != 0) return std::bit_cast<float>(sign | (magnitude + kExponentGap));
  const float subnormal = static_cast<float>(half & 0x03FF) * 0x1p-24f;
  return std::bit_cast<float>(sign | std::bit_cast<uint32_t>(subnormal));
}

/// The nearest half, ties to even; from 65520 on infinity, as IEEE 754 rounds.
constexpr uint16_t half_from_float(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  const uint32_t sign = bits >> 16 & 0x8000;
  const uint32_t magnitude = bits & 0x7FFFFFFF;
  if (magnitude > 0x7F800000) return static_cast<uint16_t>(sign | 0x7E00);
  if (magnitude >= 0x47800000) return static_cast<uint16_t>(sign | 0x7C00);
  if (magnitude < 0x38800000) {  // below 2^-14: subnormal, the sum's last bit is worth 2^-24
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) & 0x7FFF));
  }
  const uint32_t rounded = magnitude + 0xFFF + (magnitude >> 13 & 1);
  return static_cast<uint16_t>(sign | ((rounded - ((127 - 15) << 23)) >> 13));
}

constexpr float float_from_bfloat(uint16_t bfloat) {
  return std::bit_cast<float>(static_cast<uint32_t>(bfloat) << 16);
}

}  // namespace nibble::offline
