// SHA-256 by the cryptographic extension of ARMv8.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

namespace nibble {
namespace {

using Words = uint32x4_t;

struct State {
  uint32x4_t abcd, efgh;
};

[[gnu::always_inline]] inline State load_state(const uint32_t* state) {
  return {vld1q_u32(state), vld1q_u32(state + 4)};
}
[[gnu::always_inline]] inline void store_state(uint32_t* state, State value) {
  vst1q_u32(state, value.abcd);
  vst1q_u32(state + 4, value.efgh);
}

[[gnu::always_inline]] inline Words load_message(const uint8_t* bytes) {
  return vreinterpretq_u32_u8(vrev32q_u8(vld1q_u8(bytes)));
}
[[gnu::always_inline]] inline Words load_constants(const uint32_t* constants) {
  return vld1q_u32(constants);
}

[[gnu::always_inline]] inline Words sum(Words a, Words b) {
  return vaddq_u32(a, b);
}
[[gnu::always_inline]] inline State sum(State a, State b) {
  return {sum(a.abcd, b.abcd), sum(a.efgh, b.efgh)};
}

[[gnu::always_inline]] inline void four_rounds(State& s, Words words) {
  const uint32x4_t abcd = s.abcd;
  s.abcd = vsha256hq_u32(abcd, s.efgh, words);
  s.efgh = vsha256h2q_u32(s.efgh, abcd, words);
}

[[gnu::always_inline]] inline Words extended(Words w0, Words w4, Words w8, Words w12) {
  return vsha256su1q_u32(vsha256su0q_u32(w0, w4), w8, w12);
}

}  // namespace
}  // namespace nibble

#include "runtime/kernels/sha256/compress.inl.h"
