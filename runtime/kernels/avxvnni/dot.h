// The exact integer sums of one group for a block of 32 rows, on AVX-VNNI: four products a lane.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// scalar/dot.h has the contract. One register is a strip: 8 rows of 4 bytes.

inline constexpr uint32_t kMatMulTokens = 4;

inline __m256i load_strip(const uint8_t* codes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(codes));
}
/// The four activations a strip's bytes meet, for every row.
inline __m256i four_columns(const int8_t* q) {
  int32_t four;
  __builtin_memcpy(&four, q, 4);
  return _mm256_set1_epi32(four);
}
inline __m256i low_nibbles(__m256i codes) {
  return _mm256_and_si256(codes, _mm256_set1_epi8(15));
}
inline __m256i high_nibbles(__m256i codes) {
  return _mm256_and_si256(_mm256_srli_epi16(codes, 4), _mm256_set1_epi8(15));
}

template <uint32_t kStrips, uint32_t kTokens>
inline void store_sums(const __m256i (&totals)[kStrips][kTokens], int32_t* sums) {
  for (uint32_t s = 0; s < kStrips; ++s)
    for (uint32_t t = 0; t < kTokens; ++t)
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(sums + 32 * t + 8 * s), totals[s][t]);
}

/// kStrips neighbouring strips against kTokens tokens.
template <uint32_t kStrips, uint32_t kTokens>
inline void dot_int4_strips(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                            int32_t* sums) {
  __m256i totals[kStrips][kTokens] = {};
#pragma GCC unroll 2
  for (uint32_t j = 0; j < k; j += 8, codes += 128) {
    for (uint32_t s = 0; s < kStrips; ++s) {
      const __m256i strip = load_strip(codes + 32 * s);
      const __m256i low = low_nibbles(strip);
      const __m256i high = high_nibbles(strip);
      for (uint32_t t = 0; t < kTokens; ++t) {
        const int8_t* columns = q + t * q_stride + j;
        totals[s][t] = _mm256_dpbusd_avx_epi32(totals[s][t], low, four_columns(columns));
        totals[s][t] = _mm256_dpbusd_avx_epi32(totals[s][t], high, four_columns(columns + 4));
      }
    }
  }
  store_sums(totals, sums);
}

/// (code + 128) · q, less 128 times the sum of q, which one more product a step collects.
template <uint32_t kStrips, uint32_t kTokens>
inline void dot_int8_strips(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                            int32_t* sums) {
  const __m256i offset = _mm256_set1_epi8(-128);  // as unsigned bytes: 128
  __m256i totals[kStrips][kTokens] = {};
  __m256i offsets[kTokens] = {};
  for (uint32_t j = 0; j < k; j += 4, codes += 128) {
    __m256i columns[kTokens];
    for (uint32_t t = 0; t < kTokens; ++t) {
      columns[t] = four_columns(q + t * q_stride + j);
      offsets[t] = _mm256_dpbusd_avx_epi32(offsets[t], offset, columns[t]);
    }
    for (uint32_t s = 0; s < kStrips; ++s) {
      const __m256i strip = _mm256_xor_si256(load_strip(codes + 32 * s), offset);
      for (uint32_t t = 0; t < kTokens; ++t)
        totals[s][t] = _mm256_dpbusd_avx_epi32(totals[s][t], strip, columns[t]);
    }
  }
  for (uint32_t s = 0; s < kStrips; ++s)
    for (uint32_t t = 0; t < kTokens; ++t)
      totals[s][t] = _mm256_sub_epi32(totals[s][t], offsets[t]);
  store_sums(totals, sums);
}

// One token takes the block as it streams; several take two strips at a time, to stay in registers.
template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  constexpr uint32_t kStrips = kTokens == 1 ? 4 : 2;
  for (uint32_t s = 0; s < 4; s += kStrips)
    dot_int4_strips<kStrips, kTokens>(codes + 32 * s, k, q, q_stride, sums + 8 * s);
}

template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  constexpr uint32_t kStrips = kTokens == 1 ? 4 : 2;
  for (uint32_t s = 0; s < 4; s += kStrips)
    dot_int8_strips<kStrips, kTokens>(codes + 32 * s, k, q, q_stride, sums + 8 * s);
}
