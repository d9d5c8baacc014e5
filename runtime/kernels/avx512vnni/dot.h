// The exact integer sums of one group for a block of 32 rows, on AVX-512 VNNI: two strips a
// register.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// scalar/dot.h has the contract. A step of a block is two registers of 16 rows by 4 bytes.

inline constexpr uint32_t kMatMulTokens = 8;

inline __m512i load_rows(const uint8_t* codes) {
  return _mm512_loadu_si512(codes);
}
/// The four activations a register's bytes meet, for every row.
inline __m512i four_columns(const int8_t* q) {
  int32_t four;
  __builtin_memcpy(&four, q, 4);
  return _mm512_set1_epi32(four);
}
inline __m512i low_nibbles(__m512i codes) {
  return _mm512_and_si512(codes, _mm512_set1_epi8(15));
}
inline __m512i high_nibbles(__m512i codes) {
  return _mm512_and_si512(_mm512_srli_epi16(codes, 4), _mm512_set1_epi8(15));
}

template <uint32_t kTokens>
inline void store_sums(const __m512i (&upper)[kTokens], const __m512i (&lower)[kTokens],
                       int32_t* sums) {
  for (uint32_t t = 0; t < kTokens; ++t) {
    _mm512_storeu_si512(sums + 32 * t, upper[t]);
    _mm512_storeu_si512(sums + 32 * t + 16, lower[t]);
  }
}

template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  __m512i upper[kTokens] = {}, lower[kTokens] = {};
#pragma GCC unroll 2
  for (uint32_t j = 0; j < k; j += 8, codes += 128) {
    const __m512i a = load_rows(codes), b = load_rows(codes + 64);
    const __m512i a_low = low_nibbles(a), a_high = high_nibbles(a);
    const __m512i b_low = low_nibbles(b), b_high = high_nibbles(b);
    for (uint32_t t = 0; t < kTokens; ++t) {
      const __m512i first = four_columns(q + t * q_stride + j);
      const __m512i second = four_columns(q + t * q_stride + j + 4);
      upper[t] = _mm512_dpbusd_epi32(upper[t], a_low, first);
      lower[t] = _mm512_dpbusd_epi32(lower[t], b_low, first);
      upper[t] = _mm512_dpbusd_epi32(upper[t], a_high, second);
      lower[t] = _mm512_dpbusd_epi32(lower[t], b_high, second);
    }
  }
  store_sums(upper, lower, sums);
}

/// (code + 128) · q, less 128 times the sum of q, which one more product a step collects.
template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  const __m512i offset = _mm512_set1_epi8(-128);  // as unsigned bytes: 128
  __m512i upper[kTokens] = {}, lower[kTokens] = {}, offsets[kTokens] = {};
  for (uint32_t j = 0; j < k; j += 4, codes += 128) {
    const __m512i a = _mm512_xor_si512(load_rows(codes), offset);
    const __m512i b = _mm512_xor_si512(load_rows(codes + 64), offset);
    for (uint32_t t = 0; t < kTokens; ++t) {
      const __m512i columns = four_columns(q + t * q_stride + j);
      upper[t] = _mm512_dpbusd_epi32(upper[t], a, columns);
      lower[t] = _mm512_dpbusd_epi32(lower[t], b, columns);
      offsets[t] = _mm512_dpbusd_epi32(offsets[t], offset, columns);
    }
  }
  for (uint32_t t = 0; t < kTokens; ++t) {
    upper[t] = _mm512_sub_epi32(upper[t], offsets[t]);
    lower[t] = _mm512_sub_epi32(lower[t], offsets[t]);
  }
  store_sums(upper, lower, sums);
}
