// SHA-256 by the SHA extensions of x86-64.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

namespace nibble {
namespace {

using Words = __m128i;

/// The instructions want a, b, e, f in one register, from the highest word down, and c, d, g, h.
struct State {
  __m128i abef, cdgh;
};

[[gnu::always_inline]] inline __m128i load(const void* memory) {
  return _mm_loadu_si128(static_cast<const __m128i*>(memory));
}
[[gnu::always_inline]] inline void store(uint32_t* memory, __m128i words) {
  _mm_storeu_si128(reinterpret_cast<__m128i*>(memory), words);
}

[[gnu::always_inline]] inline State load_state(const uint32_t* state) {
  const __m128i badc = _mm_shuffle_epi32(load(state), 0xB1);
  const __m128i efgh = _mm_shuffle_epi32(load(state + 4), 0x1B);
  return {_mm_alignr_epi8(badc, efgh, 8), _mm_blend_epi16(efgh, badc, 0xF0)};
}
[[gnu::always_inline]] inline void store_state(uint32_t* state, State value) {
  const __m128i feba = _mm_shuffle_epi32(value.abef, 0x1B);
  const __m128i dchg = _mm_shuffle_epi32(value.cdgh, 0xB1);
  store(state, _mm_blend_epi16(feba, dchg, 0xF0));
  store(state + 4, _mm_alignr_epi8(dchg, feba, 8));
}

[[gnu::always_inline]] inline Words load_message(const uint8_t* bytes) {
  const __m128i big_endian = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
  return _mm_shuffle_epi8(load(bytes), big_endian);
}
[[gnu::always_inline]] inline Words load_constants(const uint32_t* constants) {
  return load(constants);
}

[[gnu::always_inline]] inline Words sum(Words a, Words b) {
  return _mm_add_epi32(a, b);
}
[[gnu::always_inline]] inline State sum(State a, State b) {
  return {sum(a.abef, b.abef), sum(a.cdgh, b.cdgh)};
}

[[gnu::always_inline]] inline void four_rounds(State& s, Words words) {
  s.cdgh = _mm_sha256rnds2_epu32(s.cdgh, s.abef, words);
  s.abef = _mm_sha256rnds2_epu32(s.abef, s.cdgh, _mm_shuffle_epi32(words, 0x0E));
}

[[gnu::always_inline]] inline Words extended(Words w0, Words w4, Words w8, Words w12) {
  const __m128i w9 = _mm_alignr_epi8(w12, w8, 4);
  return _mm_sha256msg2_epu32(sum(_mm_sha256msg1_epu32(w0, w4), w9), w12);
}

}  // namespace
}  // namespace nibble

#include "runtime/kernels/sha256/compress.inl.h"
