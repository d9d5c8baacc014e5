// The exact integer sums of one group for a block of 32 rows, on SMMLA: two tokens by two rows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// One token is dotprod's; this file says only what four tokens do instead. SMMLA multiplies two
// tokens by two rows, eight columns of each. A quad has four columns of a row, so two steps of it,
// zipped, are the rows' eight.
// Loops over quads and tokens are unrolled, or their arrays would not be registers.
#include "runtime/kernels/dotprod/dot.h"

static_assert(kMatMulTokens == 4);

/// Quads of one pass: with four tokens half a block, to stay in registers.
inline constexpr uint32_t kPassQuads = 4;

/// Eight columns of two rows (or tokens) each.
struct RowPairs {
  uint8x16_t rows01, rows23;
};
inline RowPairs zip_steps(const uint8_t* codes) {
  const uint32x4_t step0 = vreinterpretq_u32_u8(vld1q_u8(codes));
  const uint32x4_t step1 = vreinterpretq_u32_u8(vld1q_u8(codes + 128));
  return {vreinterpretq_u8_u32(vzip1q_u32(step0, step1)),
          vreinterpretq_u8_u32(vzip2q_u32(step0, step1))};
}

/// A quad's sums for two tokens: [token][row] of rows 0 and 1, of rows 2 and 3.
struct PairSums {
  int32x4_t rows01, rows23;
};
inline PairSums multiply_add(PairSums sums, int8x16_t tokens, int8x16_t rows01, int8x16_t rows23) {
  return {vmmlaq_s32(sums.rows01, tokens, rows01), vmmlaq_s32(sums.rows23, tokens, rows23)};
}

/// sums: of the pass's first row; pairs[p] are tokens 2p and 2p + 1.
inline void store_pair_sums(const PairSums (&pairs)[2][kPassQuads], int32_t* sums,
                            size_t sums_stride) {
  for (uint32_t p = 0; p < 2; ++p, sums += 2 * sums_stride)
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kPassQuads; ++i) {
      const int64x2_t rows01 = vreinterpretq_s64_s32(pairs[p][i].rows01);
      const int64x2_t rows23 = vreinterpretq_s64_s32(pairs[p][i].rows23);
      vst1q_s32(sums + 4 * i, vreinterpretq_s32_s64(vzip1q_s64(rows01, rows23)));
      vst1q_s32(sums + sums_stride + 4 * i, vreinterpretq_s32_s64(vzip2q_s64(rows01, rows23)));
    }
}

/// Zipped nibbles are columns 0-3 and 8-11 (low), 4-7 and 12-15 (high): so are the tokens'.
struct TokenPair16 {
  int8x16_t low, high;
};
inline TokenPair16 load_16_columns(const int8_t* q, size_t q_stride) {
  const int32x4_t first = vreinterpretq_s32_s8(vld1q_s8(q));
  const int32x4_t second = vreinterpretq_s32_s8(vld1q_s8(q + q_stride));
  return {vreinterpretq_s8_s32(vuzp1q_s32(first, second)),
          vreinterpretq_s8_s32(vuzp2q_s32(first, second))};
}

inline void dot_int4_pass(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                          int32_t* sums) {
  PairSums pairs[2][kPassQuads] = {};
  for (const int8_t* end = q + k; q < end; q += 16, codes += 256) {
    const TokenPair16 tokens[2] = {load_16_columns(q, q_stride),
                                   load_16_columns(q + 2 * q_stride, q_stride)};
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kPassQuads; ++i) {
      const RowPairs rows = zip_steps(codes + 16 * i);
#pragma GCC unroll 2
      for (uint32_t p = 0; p < 2; ++p) {
        pairs[p][i] = multiply_add(pairs[p][i], tokens[p].low, low_nibbles(rows.rows01),
                                   low_nibbles(rows.rows23));
        pairs[p][i] = multiply_add(pairs[p][i], tokens[p].high, high_nibbles(rows.rows01),
                                   high_nibbles(rows.rows23));
      }
    }
  }
  store_pair_sums(pairs, sums, format::kBlockRows);
}

inline int8x16_t load_8_columns(const int8_t* q, size_t q_stride) {
  return vcombine_s8(vld1_s8(q), vld1_s8(q + q_stride));
}

inline void dot_int8_pass(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                          int32_t* sums, size_t sums_stride) {
  PairSums pairs[2][kPassQuads] = {};
  for (const int8_t* end = q + k; q < end; q += 8, codes += 256) {
    const int8x16_t tokens[2] = {load_8_columns(q, q_stride),
                                 load_8_columns(q + 2 * q_stride, q_stride)};
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kPassQuads; ++i) {
      const RowPairs rows = zip_steps(codes + 16 * i);
      for (uint32_t p = 0; p < 2; ++p)
        pairs[p][i] = multiply_add(pairs[p][i], tokens[p], vreinterpretq_s8_u8(rows.rows01),
                                   vreinterpretq_s8_u8(rows.rows23));
    }
  }
  store_pair_sums(pairs, sums, sums_stride);
}

template <>
inline void dot_int4<kMatMulTokens>(const uint8_t* codes, uint32_t k, const int8_t* q,
                                    size_t q_stride, int32_t* sums) {
  for (uint32_t i = 0; i < 8; i += kPassQuads)
    dot_int4_pass(codes + 16 * i, k, q, q_stride, sums + 4 * i);
}
template <>
inline void dot_int8<kMatMulTokens>(const uint8_t* codes, uint32_t k, const int8_t* q,
                                    size_t q_stride, int32_t* sums, size_t sums_stride) {
  for (uint32_t i = 0; i < 8; i += kPassQuads)
    dot_int8_pass(codes + 16 * i, k, q, q_stride, sums + 4 * i, sums_stride);
}
