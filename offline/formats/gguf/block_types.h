// GGUF's block types: how many bytes hold how many weights, and the values and codes in them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "offline/quantize/quantized_matrix.h"
#include "offline/weights/mapped_tensor.h"

namespace nibble::offline {

/// Weights per scale in all of GGUF's types that a blob's types can hold.
inline constexpr uint32_t kGgufGroup = 32;

/// One group as codes: weight = scale · (code − zero point of the scheme's type).
struct BlockCodes {
  uint16_t scale = 0;  ///< IEEE half
  int8_t codes[kGgufGroup] = {};
};

/// Numbers of types that are written as well as read.
inline constexpr uint32_t kGgufF32 = 0, kGgufF16 = 1, kGgufQ4_0 = 2, kGgufQ4_1 = 3, kGgufQ8_0 = 8;

/// A type of the format (ggml's `ggml_type`; layouts: ggml-common.h).
struct BlockType {
  uint32_t id;
  const char* name;
  uint32_t elements, bytes;  ///< of one block
  /// Of types whose blocks are one number each.
  std::optional<ElementType> number;
  /// Of all other types: the values of one block, each product rounded to float as ggml does.
  void (*decode)(const std::byte* block, float* out) = nullptr;
  /// Of types whose blocks are one group of a scheme: the block as codes, without loss.
  std::optional<format::TensorType> stored;
  BlockCodes (*codes)(const std::byte* block) = nullptr;
  /// Where not every block has a scale that a half holds: whether this one has.
  bool (*has_stored_scale)(const std::byte* block) = nullptr;
  /// The scheme of a blob's that loses least when the values are quantized again. The type of the
  /// scheme is F16 for numbers.
  Scheme nearest;
};

/// Null for a type that is not read.
const BlockType* find_block_type(uint32_t id);
/// "Q8_1", also of types that are not read; the number of those that nobody knows.
std::string block_type_name(uint32_t id);

}  // namespace nibble::offline
