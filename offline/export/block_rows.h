// Rows of weights as GGUF blocks: codes that exist are kept, numbers are rounded to the nearest.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "offline/formats/gguf/block_types.h"
#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// What a matrix is written as. Auto: the smallest type that holds what the source has exactly.
enum class ExportType { Auto, F32, F16, Q8_0, Q4_0, Q4_1 };

/// How one matrix is written.
struct BlockChoice {
  const BlockType* type = nullptr;
  bool is_exact = false;  ///< The file's values are the source's, bit for bit.
};

/// The type for this source. Rows that blocks of 32 do not divide become F16.
/// Reads the source where only its values tell whether a type holds them.
BlockChoice choose_blocks(const WeightSource& source, ExportType type);

/// The blocks of rows [first_row, first_row + row_count).
/// @param type  F32, F16, Q8_0, Q4_0 or Q4_1
/// Throws std::overflow_error, naming the row, for a weight or scale that no half holds.
std::vector<std::byte> encode_rows(const WeightSource& source, const BlockType& type,
                                   uint32_t first_row, uint32_t row_count);

}  // namespace nibble::offline
