// The exact integer sums of one group for a block of 32 rows, on AVX2: bytes pairwise to 16 bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// scalar/dot.h has the contract. One register is a strip: 8 rows of 4 bytes.

#include "runtime/kernels/generic/lanes.inl.h"
#include "runtime/kernels/x86/codes256.h"
#include "runtime/kernels/x86/prefetch.h"

inline constexpr uint32_t kMatMulTokens = 4;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes8;

/// Pairs of 16-bit sums to 32 bits.
inline Codes widen(Codes a) {
  return _mm256_madd_epi16(a, _mm256_set1_epi16(1));
}

/// kStrips neighbouring strips against kTokens tokens.
/// A pair of products is at most 2 · 15 · 127 = 3810, so 16 bits hold the eight of 32 columns.
template <uint32_t kStrips, uint32_t kTokens>
inline void dot_int4_strips(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                            int32_t* sums) {
  Codes totals[kStrips][kTokens] = {};
  for (uint32_t begin = 0; begin < k; begin += 32) {
    Codes pairs[kStrips][kTokens] = {};
#pragma GCC unroll 4
    for (uint32_t j = begin; j < begin + 32; j += 8, codes += 128) {
      prefetch_step(codes);
      for (uint32_t s = 0; s < kStrips; ++s) {
        const Codes strip = load_codes(codes + 32 * s);
        const Codes low = low_nibbles(strip);
        const Codes high = high_nibbles(strip);
        for (uint32_t t = 0; t < kTokens; ++t) {
          const int8_t* columns = q + t * q_stride + j;
          pairs[s][t] =
              _mm256_add_epi16(pairs[s][t], _mm256_maddubs_epi16(low, four_columns(columns)));
          pairs[s][t] =
              _mm256_add_epi16(pairs[s][t], _mm256_maddubs_epi16(high, four_columns(columns + 4)));
        }
      }
    }
    for (uint32_t s = 0; s < kStrips; ++s)
      for (uint32_t t = 0; t < kTokens; ++t)
        totals[s][t] = add_sums(totals[s][t], widen(pairs[s][t]));
  }
  for (uint32_t s = 0; s < kStrips; ++s)
    for (uint32_t t = 0; t < kTokens; ++t) store_sums(sums + 32 * t + 8 * s, totals[s][t]);
}

/// |code| · (q with the code's sign): at most 2 · 128 · 127 a pair, which 16 bits hold once.
template <uint32_t kStrips, uint32_t kTokens>
inline void dot_int8_strips(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                            int32_t* sums, size_t sums_stride) {
  Codes totals[kStrips][kTokens] = {};
  for (uint32_t j = 0; j < k; j += 4, codes += 128) {
    prefetch_step(codes);
    for (uint32_t s = 0; s < kStrips; ++s) {
      const Codes strip = load_codes(codes + 32 * s);
      const Codes magnitude = _mm256_abs_epi8(strip);
      for (uint32_t t = 0; t < kTokens; ++t) {
        const Codes columns = _mm256_sign_epi8(four_columns(q + t * q_stride + j), strip);
        totals[s][t] = add_sums(totals[s][t], widen(_mm256_maddubs_epi16(magnitude, columns)));
      }
    }
  }
  for (uint32_t s = 0; s < kStrips; ++s)
    for (uint32_t t = 0; t < kTokens; ++t) store_sums(sums + sums_stride * t + 8 * s, totals[s][t]);
}

// One token takes the block as it streams; several take a strip at a time, to stay in registers.
template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  constexpr uint32_t kStrips = kTokens == 1 ? 4 : 1;
#pragma GCC unroll 1
  for (uint32_t s = 0; s < 4; s += kStrips)
    dot_int4_strips<kStrips, kTokens>(codes + 32 * s, k, q, q_stride, sums + 8 * s);
}

template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums, size_t sums_stride) {
  constexpr uint32_t kStrips = kTokens == 1 ? 4 : 2;
#pragma GCC unroll 1
  for (uint32_t s = 0; s < 4; s += kStrips)
    dot_int8_strips<kStrips, kTokens>(codes + 32 * s, k, q, q_stride, sums + 8 * s, sums_stride);
}
