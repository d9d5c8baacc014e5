// Rows of the embedding matrix back to floats, one for each token id.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/half.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// Where row `row` of a quantized matrix has its scale (and zero point) for group `g`.
inline size_t scale_index(const Matrix& m, uint32_t row, uint32_t g) {
  const uint32_t block = row / format::kBlockRows;
  return (static_cast<size_t>(block) * format::group_count(m.k, m.group) + g) * format::kBlockRows +
         row % format::kBlockRows;
}

/// Code of a column of a block's row, less its zero point.
inline int32_t centered_code(format::TensorType type, const uint8_t* block, uint32_t row,
                             uint32_t column, int32_t zero) {
  if (type == format::TensorType::Int8)
    return static_cast<int8_t>(block[format::int8_code_offset(row, column)]);
  const uint8_t pair = block[format::int4_code_offset(row, column)];
  return (pair >> format::int4_code_shift(column) & 15) - zero;
}

/// Where a row's numbers go: times a factor, and onto what is there or in its place.
struct EmbeddedRow {
  float* out;
  float factor;  ///< 1 changes no bit.
  bool accumulate;

  void put(uint32_t column, float value) const {
    const float scaled = value * factor;
    out[column] = accumulate ? out[column] + scaled : scaled;
  }
};

inline void dequantize_row(const Matrix& m, uint32_t row, const uint8_t* block,
                           const EmbeddedRow& out) {
  for (uint32_t begin = 0, g = 0; begin < m.k; begin += m.group, ++g) {
    const size_t index = scale_index(m, row, g);
    const float scale = half_to_float(m.scales[index]);
    const int32_t zero = m.type == format::TensorType::Int4Zero ? m.zeros[index] : 8;
    const uint32_t end = begin + group_columns(m.group, begin, m.k);
    for (uint32_t j = begin; j < end; ++j) {
      const int32_t code = centered_code(m.type, block, row % format::kBlockRows, j, zero);
      out.put(j, static_cast<float>(code) * scale);
    }
  }
}

inline void widen_row(const Matrix& m, uint32_t row, const uint8_t* block_codes,
                      const EmbeddedRow& out) {
  const uint16_t* column =
      reinterpret_cast<const uint16_t*>(block_codes) + row % format::kBlockRows;
  for (uint32_t j = 0; j < m.k; ++j, column += format::kBlockRows)
    out.put(j, half_to_float(*column));
}

void embed(const EmbedArguments& a, uint32_t first, uint32_t last) {
  const Matrix& m = a.table;
  const float factor = a.scale_bits != 0 ? __builtin_bit_cast(float, a.scale_bits) : 1.0f;
  for (uint32_t tile = first; tile < last; ++tile) {
    const uint32_t row = a.tokens != nullptr ? a.tokens[tile] : a.rows[tile].position;
    const uint8_t* codes = m.codes + static_cast<size_t>(row / format::kBlockRows) *
                                         format::block_code_bytes(m.type, m.k);
    const EmbeddedRow out = {
        .out = row_of(a.out, tile), .factor = factor, .accumulate = a.accumulate};
    if (m.type == format::TensorType::F16)
      widen_row(m, row, codes, out);
    else
      dequantize_row(m, row, codes, out);
  }
}
