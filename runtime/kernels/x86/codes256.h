// Vector operations for the codes of a block, 8 rows in a register of 256 bits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// Included inside namespace nibble::<set>.

/// Four bytes per row, or one 32-bit sum per row.
using Codes = __m256i;
inline constexpr uint32_t kRegisterRows = 8;

inline Codes load_codes(const uint8_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
inline void store_sums(int32_t* to, Codes sums) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), sums);
}
/// The four activations a register's bytes meet, for every row.
inline Codes four_columns(const int8_t* q) {
  int32_t four;
  __builtin_memcpy(&four, q, 4);
  return _mm256_set1_epi32(four);
}
inline Codes low_nibbles(Codes codes) {
  return _mm256_and_si256(codes, _mm256_set1_epi8(15));
}
inline Codes high_nibbles(Codes codes) {
  return _mm256_and_si256(_mm256_srli_epi16(codes, 4), _mm256_set1_epi8(15));
}
/// Signed bytes to unsigned ones that are 128 larger.
inline Codes plus_128(Codes codes) {
  return _mm256_xor_si256(codes, _mm256_set1_epi8(-128));
}
inline Codes add_sums(Codes a, Codes b) {
  return _mm256_add_epi32(a, b);
}
inline Codes subtract_sums(Codes a, Codes b) {
  return _mm256_sub_epi32(a, b);
}
