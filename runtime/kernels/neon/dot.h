// The exact integer sums of one group for a block of 32 rows, on NEON: bytes multiplied to 16 bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"

// scalar/dot.h has the contract. One register is a quad: 4 rows of 4 bytes.
// Loops over quads and tokens are unrolled, or their arrays would not be registers.

inline constexpr uint32_t kMatMulTokens = 4;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes8;

/// Columns whose products one 16-bit lane gathers: 16, at most 16 · 15 · 127 = 30480.
inline constexpr uint32_t kGatheredColumns = 64;

/// The products of a quad by column, gathered: rows 0 and 1, rows 2 and 3.
struct QuadProducts {
  int16x8_t low, high;
};
/// The same after adding neighbouring columns.
struct QuadPairs {
  int32x4_t low, high;
};

/// The four activations a quad's bytes meet, for every row.
template <int kFour>
inline int8x16_t four_columns(int8x16_t columns) {
  return vreinterpretq_s8_s32(vdupq_laneq_s32(vreinterpretq_s32_s8(columns), kFour));
}
inline int8x16_t low_nibbles(uint8x16_t codes) {
  return vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(15)));
}
inline int8x16_t high_nibbles(uint8x16_t codes) {
  return vreinterpretq_s8_u8(vshrq_n_u8(codes, 4));
}

inline QuadProducts multiply_add(QuadProducts sum, int8x16_t codes, int8x16_t columns) {
  return {vmlal_s8(sum.low, vget_low_s8(codes), vget_low_s8(columns)),
          vmlal_high_s8(sum.high, codes, columns)};
}
inline QuadProducts multiply(int8x16_t codes, int8x16_t columns) {
  return {vmull_s8(vget_low_s8(codes), vget_low_s8(columns)), vmull_high_s8(codes, columns)};
}
inline QuadPairs add_pairs(QuadPairs sum, QuadProducts products) {
  return {vpadalq_s16(sum.low, products.low), vpadalq_s16(sum.high, products.high)};
}
/// One sum a row.
inline int32x4_t row_sums(QuadPairs pairs) {
  return vpaddq_s32(pairs.low, pairs.high);
}
inline int32x4_t row_sums(QuadProducts products) {
  return row_sums(QuadPairs{vpaddlq_s16(products.low), vpaddlq_s16(products.high)});
}

/// At most kGatheredColumns columns of kQuads neighbouring quads against kTokens tokens.
/// sums = their sums, or += where there are earlier columns.
template <uint32_t kQuads, uint32_t kTokens>
inline void gather_int4(const uint8_t* codes, uint32_t columns, const int8_t* q, size_t q_stride,
                        bool first, int32_t* sums) {
  QuadProducts products[kTokens][kQuads] = {};
  for (const int8_t* end = q + columns; q < end; q += 16, codes += 256) {
    int8x16_t tokens[kTokens];
#pragma GCC unroll 4
    for (uint32_t t = 0; t < kTokens; ++t) tokens[t] = vld1q_s8(q + t * q_stride);
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kQuads; ++i) {
      const uint8x16_t step0 = vld1q_u8(codes + 16 * i);
      const uint8x16_t step1 = vld1q_u8(codes + 128 + 16 * i);
#pragma GCC unroll 4
      for (uint32_t t = 0; t < kTokens; ++t) {
        QuadProducts& sum = products[t][i];
        sum = multiply_add(sum, low_nibbles(step0), four_columns<0>(tokens[t]));
        sum = multiply_add(sum, high_nibbles(step0), four_columns<1>(tokens[t]));
        sum = multiply_add(sum, low_nibbles(step1), four_columns<2>(tokens[t]));
        sum = multiply_add(sum, high_nibbles(step1), four_columns<3>(tokens[t]));
      }
    }
  }
#pragma GCC unroll 4
  for (uint32_t t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kQuads; ++i) {
      int32_t* rows = sums + 32 * t + 4 * i;
      const int32x4_t sum = row_sums(products[t][i]);
      vst1q_s32(rows, first ? sum : vaddq_s32(vld1q_s32(rows), sum));
    }
}

/// Two products of bytes are at most 2 · 128 · 127 = 32512, which 16 bits hold.
inline void dot_int8_block(const uint8_t* codes, uint32_t k, const int8_t* q, int32_t* sums) {
  QuadPairs pairs[8] = {};
  for (const int8_t* end = q + k; q < end; q += 8, codes += 256) {
    const int8x8_t eight = vld1_s8(q);
    const int8x16_t columns = vcombine_s8(eight, eight);
#pragma GCC unroll 8
    for (uint32_t i = 0; i < 8; ++i) {
      const int8x16_t step0 = vreinterpretq_s8_u8(vld1q_u8(codes + 16 * i));
      const int8x16_t step1 = vreinterpretq_s8_u8(vld1q_u8(codes + 128 + 16 * i));
      const QuadProducts products =
          multiply_add(multiply(step0, four_columns<0>(columns)), step1, four_columns<1>(columns));
      pairs[i] = add_pairs(pairs[i], products);
    }
  }
#pragma GCC unroll 8
  for (uint32_t i = 0; i < 8; ++i) vst1q_s32(sums + 4 * i, row_sums(pairs[i]));
}

// One token takes the block as it streams; several take two quads at a time, to stay in registers.
template <uint32_t kTokens>
inline constexpr uint32_t kQuads = kTokens == 1 ? 8 : 2;

template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  for (uint32_t j = 0; j < k; j += kGatheredColumns) {
    const uint32_t columns = k - j < kGatheredColumns ? k - j : kGatheredColumns;
    for (uint32_t i = 0; i < 8; i += kQuads<kTokens>)
      gather_int4<kQuads<kTokens>, kTokens>(codes + 16 * j + 16 * i, columns, q + j, q_stride,
                                            j == 0, sums + 4 * i);
  }
}

// Bytes need nothing that several tokens could share but their load.
template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums, size_t sums_stride) {
  for (uint32_t t = 0; t < kTokens; ++t)
    dot_int8_block(codes, k, q + t * q_stride, sums + sums_stride * t);
}
