// The integer sums of one group on AVX-512 VNNI: 16 rows a register.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/x86/prefetch.h"

inline constexpr uint32_t kMatMulTokens = 8;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes16;

// The words of x86/codes256.h, twice as wide.
using Codes = __m512i;
inline constexpr uint32_t kRegisterRows = 16;

inline Codes load_codes(const uint8_t* from) {
  return _mm512_loadu_si512(from);
}
inline void store_sums(int32_t* to, Codes sums) {
  _mm512_storeu_si512(to, sums);
}
inline Codes four_columns(const int8_t* q) {
  int32_t four;
  __builtin_memcpy(&four, q, 4);
  return _mm512_set1_epi32(four);
}
inline Codes low_nibbles(Codes codes) {
  return _mm512_and_si512(codes, _mm512_set1_epi8(15));
}
inline Codes high_nibbles(Codes codes) {
  return _mm512_and_si512(_mm512_srli_epi16(codes, 4), _mm512_set1_epi8(15));
}
inline Codes plus_128(Codes codes) {
  return _mm512_xor_si512(codes, _mm512_set1_epi8(-128));
}
inline Codes add_sums(Codes a, Codes b) {
  return _mm512_add_epi32(a, b);
}
inline Codes subtract_sums(Codes a, Codes b) {
  return _mm512_sub_epi32(a, b);
}
inline Codes add_products(Codes sums, Codes u, Codes s) {
  return _mm512_dpbusd_epi32(sums, u, s);
}

#include "runtime/kernels/x86/dot_vnni.h"
