// The exact integer sums of one group for a block of 32 rows, in plain C++.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"

// The contract of every dot.h (docs/KERNELS.md):
//   sums[32 t + r] = Σ over j < k of code[row r][column j] · q[t · q_stride + j], for t < kTokens.
// Codes lie as format/layout.h says; q is in -127 … 127, each row of it on 4 bytes.

/// Tokens one pass over the weights serves when there are several; kTokens is this or 1.
inline constexpr uint32_t kMatMulTokens = 1;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes8;

/// Codes are 0 … 15. @pre k is a multiple of 32, at most 128
template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  for (uint32_t t = 0; t < kTokens; ++t, q += q_stride, sums += 32) {
    for (uint32_t row = 0; row < 32; ++row) {
      const uint8_t* code = codes + 4 * row;
      int32_t sum = 0;
      for (uint32_t j = 0; j < k; j += 8, code += 128)
        for (uint32_t i = 0; i < 4; ++i)
          sum += (code[i] & 15) * q[j + i] + (code[i] >> 4) * q[j + 4 + i];
      sums[row] = sum;
    }
  }
}

/// Codes are int8_t, any of them. @pre k is a multiple of 8, at most 256
template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums, size_t sums_stride) {
  for (uint32_t t = 0; t < kTokens; ++t, q += q_stride, sums += sums_stride) {
    for (uint32_t row = 0; row < 32; ++row) {
      const uint8_t* code = codes + 4 * row;
      int32_t sum = 0;
      for (uint32_t j = 0; j < k; j += 4, code += 128)
        for (uint32_t i = 0; i < 4; ++i) sum += static_cast<int8_t>(code[i]) * q[j + i];
      sums[row] = sum;
    }
  }
}
