// Rows of buffers as typed pointers, and the padding behind them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

inline float* row_of(const FloatRows& rows, uint32_t row) {
  return reinterpret_cast<float*>(reinterpret_cast<uint8_t*>(rows.data) + row * rows.stride_bytes);
}

/// One row of quantized activations.
struct QuantizedRow {
  int8_t* codes;
  float* scales;  ///< [groups]
  int32_t* sums;  ///< [groups]
};
inline QuantizedRow row_of(const QuantizedRows& rows, uint32_t row) {
  uint8_t* data = rows.data + row * rows.stride_bytes;
  return {.codes = reinterpret_cast<int8_t*>(data),
          .scales = reinterpret_cast<float*>(data + rows.scales_offset_bytes),
          .sums = reinterpret_cast<int32_t*>(data + rows.sums_offset_bytes)};
}

/// Columns of the group that starts at `begin`: the last may be shorter.
inline uint32_t group_columns(uint32_t group, uint32_t begin, uint32_t k) {
  return k - begin < group ? k - begin : group;
}

inline void zero_padding(float* row, uint32_t width) {
  for (uint32_t i = width; i < format::padded(width); ++i) row[i] = 0.0f;
}
