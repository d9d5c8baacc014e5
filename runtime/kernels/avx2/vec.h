// The vocabulary on AVX2 and F16C: eight lanes are one register.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// Included inside namespace nibble::<set>; scalar/vec.h defines what each operation means.
using F32x8 = __m256;
using I32x8 = __m256i;

inline F32x8 f32_load(const float* from) {
  return _mm256_loadu_ps(from);
}
inline void f32_store(float* to, F32x8 a) {
  _mm256_storeu_ps(to, a);
}
inline F32x8 f32_load_f16(const uint16_t* from) {
  return _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
}
inline void f32_store_f16(uint16_t* to, F32x8 a) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to), _mm256_cvtps_ph(a, _MM_FROUND_TO_NEAREST_INT));
}
inline F32x8 f32_load_i8(const int8_t* from) {
  const __m128i bytes = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(from));
  return _mm256_cvtepi32_ps(_mm256_cvtepi8_epi32(bytes));
}
inline I32x8 i32_load(const int32_t* from) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(from));
}
inline void i32_store(int32_t* to, I32x8 a) {
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), a);
}
inline I32x8 i32_load_u8(const uint8_t* from) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(from)));
}
inline void i32_store_i8(int8_t* to, I32x8 a) {
  const __m128i narrower =
      _mm_packs_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(to), _mm_packs_epi16(narrower, narrower));
}
inline void i8_unpack_nibbles(int8_t* codes, const uint8_t* pairs, uint8_t zero) {
  const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(pairs));
  const __m256i both = _mm256_set_m128i(_mm_srli_epi16(low, 4), low);
  const __m256i nibbles = _mm256_and_si256(both, _mm256_set1_epi8(15));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(codes),
                      _mm256_sub_epi8(nibbles, _mm256_set1_epi8(static_cast<char>(zero))));
}

inline F32x8 f32_splat(float value) {
  return _mm256_set1_ps(value);
}
inline F32x8 f32_add(F32x8 a, F32x8 b) {
  return _mm256_add_ps(a, b);
}
inline F32x8 f32_sub(F32x8 a, F32x8 b) {
  return _mm256_sub_ps(a, b);
}
inline F32x8 f32_mul(F32x8 a, F32x8 b) {
  return _mm256_mul_ps(a, b);
}
inline F32x8 f32_div(F32x8 a, F32x8 b) {
  return _mm256_div_ps(a, b);
}
inline F32x8 f32_max(F32x8 a, F32x8 b) {
  return _mm256_max_ps(a, b);
}
inline F32x8 f32_min(F32x8 a, F32x8 b) {
  return _mm256_min_ps(a, b);
}
inline F32x8 f32_abs(F32x8 a) {
  return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a);
}
inline F32x8 f32_where_greater(F32x8 a, F32x8 b, F32x8 value) {
  return _mm256_and_ps(_mm256_cmp_ps(a, b, _CMP_GT_OQ), value);
}
inline F32x8 f32_scale(F32x8 x, I32x8 n) {
  return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x), _mm256_slli_epi32(n, 23)));
}

inline I32x8 i32_splat(int32_t value) {
  return _mm256_set1_epi32(value);
}
inline I32x8 i32_add(I32x8 a, I32x8 b) {
  return _mm256_add_epi32(a, b);
}
inline I32x8 i32_sub(I32x8 a, I32x8 b) {
  return _mm256_sub_epi32(a, b);
}
inline I32x8 i32_mul(I32x8 a, I32x8 b) {
  return _mm256_mullo_epi32(a, b);
}

inline F32x8 f32_from_i32(I32x8 a) {
  return _mm256_cvtepi32_ps(a);
}
inline I32x8 i32_round(F32x8 a) {
  return _mm256_cvtps_epi32(a);
}

inline float f32_sum(F32x8 a) {
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_shuffle_ps(two, two, 1)));
}
inline int32_t i32_sum(I32x8 a) {
  const __m128i four = _mm_add_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  const __m128i two = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
  return _mm_cvtsi128_si32(_mm_add_epi32(two, _mm_shuffle_epi32(two, 0xB1)));
}
/// other + a, with the sign of a changed where `signs` has it.
inline F32x8 add_signed(F32x8 other, F32x8 a, F32x8 signs) {
  return _mm256_add_ps(other, _mm256_xor_ps(a, signs));
}
inline F32x8 f32_hadamard(F32x8 a) {
  const F32x8 odd = _mm256_setr_ps(0.0f, -0.0f, 0.0f, -0.0f, 0.0f, -0.0f, 0.0f, -0.0f);
  const F32x8 upper_pairs = _mm256_setr_ps(0.0f, 0.0f, -0.0f, -0.0f, 0.0f, 0.0f, -0.0f, -0.0f);
  const F32x8 upper_half = _mm256_setr_ps(0.0f, 0.0f, 0.0f, 0.0f, -0.0f, -0.0f, -0.0f, -0.0f);
  a = add_signed(_mm256_permute_ps(a, 0xB1), a, odd);
  a = add_signed(_mm256_permute_ps(a, 0x4E), a, upper_pairs);
  return add_signed(_mm256_permute2f128_ps(a, a, 1), a, upper_half);
}
inline float f32_peak(F32x8 a) {
  const __m128 four = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  const __m128 two = _mm_max_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_max_ss(two, _mm_shuffle_ps(two, two, 1)));
}
