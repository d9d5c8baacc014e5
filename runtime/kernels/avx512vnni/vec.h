// The vector operations on AVX-512: those of AVX2, and some again for sixteen lanes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/avx2/vec.h"

using F32x16 = __m512;
using I32x16 = __m512i;

inline void f32_store(float* to, F32x16 a) {
  _mm512_storeu_ps(to, a);
}
inline F32x16 f32_add(F32x16 a, F32x16 b) {
  return _mm512_add_ps(a, b);
}
inline F32x16 f32_sub(F32x16 a, F32x16 b) {
  return _mm512_sub_ps(a, b);
}
inline F32x16 f32_mul(F32x16 a, F32x16 b) {
  return _mm512_mul_ps(a, b);
}
inline F32x16 f32_max(F32x16 a, F32x16 b) {
  return _mm512_max_ps(a, b);
}
inline F32x16 f32_min(F32x16 a, F32x16 b) {
  return _mm512_min_ps(a, b);
}
inline F32x16 f32_where_greater(F32x16 a, F32x16 b, F32x16 value) {
  return _mm512_maskz_mov_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), value);
}
inline F32x16 f32_scale(F32x16 x, I32x16 n) {
  return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x), _mm512_slli_epi32(n, 23)));
}
inline F32x16 f32_from_i32(I32x16 a) {
  return _mm512_cvtepi32_ps(a);
}
inline I32x16 i32_sub(I32x16 a, I32x16 b) {
  return _mm512_sub_epi32(a, b);
}
inline I32x16 i32_mul(I32x16 a, I32x16 b) {
  return _mm512_mullo_epi32(a, b);
}
inline I32x16 i32_round(F32x16 a) {
  return _mm512_cvtps_epi32(a);
}

struct Lanes16 {
  static constexpr uint32_t kCount = 16;
  using Vector = F32x16;

  static F32x16 load(const float* from) { return _mm512_loadu_ps(from); }
  static F32x16 load(const uint16_t* halves) {
    return _mm512_cvtph_ps(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves)));
  }
  static F32x16 load(const int8_t* codes) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(codes));
    return _mm512_cvtepi32_ps(_mm512_cvtepi8_epi32(bytes));
  }
  static F32x16 splat(float value) { return _mm512_set1_ps(value); }

  static I32x16 load_integers(const int32_t* from) { return _mm512_loadu_si512(from); }
  static I32x16 load_integers(const uint8_t* from) {
    return _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from)));
  }
  static I32x16 splat_integer(int32_t value) { return _mm512_set1_epi32(value); }
};
