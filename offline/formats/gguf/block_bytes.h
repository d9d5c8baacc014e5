// Numbers in the bytes of a block, which has no alignment.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "offline/files/half.h"

namespace nibble::offline {

inline uint32_t byte_at(const std::byte* block, size_t at) {
  return std::to_integer<uint32_t>(block[at]);
}
inline int8_t signed_byte_at(const std::byte* block, size_t at) {
  return static_cast<int8_t>(byte_at(block, at));
}
inline uint16_t half_at(const std::byte* block, size_t at) {
  return static_cast<uint16_t>(byte_at(block, at) | byte_at(block, at + 1) << 8);
}
inline float float_of_half_at(const std::byte* block, size_t at) {
  return float_from_half(half_at(block, at));
}
/// Code i of 32: the low nibbles of 16 bytes, then the high ones.
inline uint32_t nibble_at(const std::byte* codes, size_t i) {
  return byte_at(codes, i % 16) >> (i < 16 ? 0 : 4) & 15;
}

}  // namespace nibble::offline
