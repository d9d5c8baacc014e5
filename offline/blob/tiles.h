// Writes matrices and vectors in the layout that kernels read, and reads matrices back;
// format/layout.h describes it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>

#include "offline/quantize/quantizer.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

/// Writes the blocks of rows [first_row, first_row + slice.rows) of a tensor. Padding columns get
/// codes that mean 0; padding rows keep the zero bytes, scales included, that `out` holds.
/// @param first_row  a multiple of 32; every slice but the last has a multiple of 32 rows
/// @param out        all bytes of the tensor, zeroed before the first slice
void write_tiles(const QuantizedMatrix& slice, uint32_t first_row,
                 const format::TensorRecord& tensor, std::span<uint8_t> out);

/// The rows [first_row, first_row + row_count) of a matrix that write_tiles() wrote.
/// @param bytes  all bytes of the tensor
QuantizedMatrix read_tiles(const format::TensorRecord& tensor, std::span<const uint8_t> bytes,
                           uint32_t first_row, uint32_t row_count);

/// Writes an F32Vector. @param out  the tensor's bytes, zeroed
void write_vector(std::span<const float> values, std::span<uint8_t> out);
/// Writes a U64Vector.
void write_vector(std::span<const uint64_t> values, std::span<uint8_t> out);

}  // namespace nibble::offline
