// A tensor whose elements are numbers in a mapped file, or anywhere in memory.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// How a file stores one number; little-endian.
enum class ElementType { F32, F16, BF16 };

constexpr size_t element_bytes(ElementType type) {
  return type == ElementType::F32 ? 4 : 2;
}

/// Elements [rows, columns], row-major, converted to float as they are read: all three types
/// convert exactly.
/// @param bytes  rows · columns elements, of any alignment
/// @param owner  kept as long as the source: what keeps `bytes` valid
/// Throws std::invalid_argument when `bytes` has another size.
Weights map_tensor(ElementType type, uint32_t rows, uint32_t columns,
                   std::span<const std::byte> bytes, std::shared_ptr<const void> owner);

}  // namespace nibble::offline
