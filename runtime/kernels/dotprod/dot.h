// The exact integer sums of one group for a block of 32 rows, on SDOT: four products a lane.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"

// scalar/dot.h has the contract. One register is a quad: 4 rows of 4 bytes.
// Loops over quads and tokens are unrolled, or their arrays would not be registers.

inline constexpr uint32_t kMatMulTokens = 4;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes8;

inline int8x16_t low_nibbles(uint8x16_t codes) {
  return vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(15)));
}
inline int8x16_t high_nibbles(uint8x16_t codes) {
  return vreinterpretq_s8_u8(vshrq_n_u8(codes, 4));
}

template <uint32_t kQuads, uint32_t kTokens>
inline void store_sums(const int32x4_t (&totals)[kTokens][kQuads], int32_t* sums,
                       size_t sums_stride) {
#pragma GCC unroll 4
  for (uint32_t t = 0; t < kTokens; ++t)
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kQuads; ++i) vst1q_s32(sums + sums_stride * t + 4 * i, totals[t][i]);
}

/// kQuads neighbouring quads against kTokens tokens.
template <uint32_t kQuads, uint32_t kTokens>
inline void dot_int4_quads(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                           int32_t* sums) {
  int32x4_t totals[kTokens][kQuads] = {};
  for (const int8_t* end = q + k; q < end; q += 16, codes += 256) {
    int8x16_t tokens[kTokens];
#pragma GCC unroll 4
    for (uint32_t t = 0; t < kTokens; ++t) tokens[t] = vld1q_s8(q + t * q_stride);
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kQuads; ++i) {
      const uint8x16_t step0 = vld1q_u8(codes + 16 * i);
      const uint8x16_t step1 = vld1q_u8(codes + 128 + 16 * i);
#pragma GCC unroll 4
      for (uint32_t t = 0; t < kTokens; ++t) {
        int32x4_t& total = totals[t][i];
        total = vdotq_laneq_s32(total, low_nibbles(step0), tokens[t], 0);
        total = vdotq_laneq_s32(total, high_nibbles(step0), tokens[t], 1);
        total = vdotq_laneq_s32(total, low_nibbles(step1), tokens[t], 2);
        total = vdotq_laneq_s32(total, high_nibbles(step1), tokens[t], 3);
      }
    }
  }
  store_sums(totals, sums, format::kBlockRows);
}

template <uint32_t kQuads, uint32_t kTokens>
inline void dot_int8_quads(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                           int32_t* sums, size_t sums_stride) {
  int32x4_t totals[kTokens][kQuads] = {};
  for (const int8_t* end = q + k; q < end; q += 8, codes += 256) {
    int8x8_t tokens[kTokens];
#pragma GCC unroll 4
    for (uint32_t t = 0; t < kTokens; ++t) tokens[t] = vld1_s8(q + t * q_stride);
#pragma GCC unroll 8
    for (uint32_t i = 0; i < kQuads; ++i) {
      const int8x16_t step0 = vreinterpretq_s8_u8(vld1q_u8(codes + 16 * i));
      const int8x16_t step1 = vreinterpretq_s8_u8(vld1q_u8(codes + 128 + 16 * i));
#pragma GCC unroll 4
      for (uint32_t t = 0; t < kTokens; ++t) {
        totals[t][i] = vdotq_lane_s32(totals[t][i], step0, tokens[t], 0);
        totals[t][i] = vdotq_lane_s32(totals[t][i], step1, tokens[t], 1);
      }
    }
  }
  store_sums(totals, sums, sums_stride);
}

// One token takes the block as it streams; several take half of it, to stay in registers.
template <uint32_t kTokens>
inline constexpr uint32_t kQuads = kTokens == 1 ? 8 : 4;

template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  for (uint32_t i = 0; i < 8; i += kQuads<kTokens>)
    dot_int4_quads<kQuads<kTokens>, kTokens>(codes + 16 * i, k, q, q_stride, sums + 4 * i);
}

template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums, size_t sums_stride) {
  for (uint32_t i = 0; i < 8; i += kQuads<kTokens>)
    dot_int8_quads<kQuads<kTokens>, kTokens>(codes + 16 * i, k, q, q_stride, sums + 4 * i,
                                             sums_stride);
}
