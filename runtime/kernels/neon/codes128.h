// Walking the INT4 codes of a block, 4 rows in a register of 128 bits: what NEON and SDOT share.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// Included inside namespace nibble::<set>, after the set's
//   template <int kFour> void add_products(Total&, int8x16_t codes, int8x16_t columns)
// which multiplies each row's four codes with columns 4 kFour … 4 kFour + 3.
// Loops over quads and tokens are unrolled, or their arrays would not be registers.

inline int8x16_t low_nibbles(uint8x16_t codes) {
  return vreinterpretq_s8_u8(vandq_u8(codes, vdupq_n_u8(15)));
}
inline int8x16_t high_nibbles(uint8x16_t codes) {
  return vreinterpretq_s8_u8(vshrq_n_u8(codes, 4));
}

/// totals[t][i] += the products of quad i and token t, over k columns.
template <class Total, uint32_t kQuads, uint32_t kTokens>
[[gnu::always_inline]] inline void add_int4(const uint8_t* codes, uint32_t k, const int8_t* q,
                                            size_t q_stride, Total (&totals)[kTokens][kQuads]) {
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
        add_products<0>(totals[t][i], low_nibbles(step0), tokens[t]);
        add_products<1>(totals[t][i], high_nibbles(step0), tokens[t]);
        add_products<2>(totals[t][i], low_nibbles(step1), tokens[t]);
        add_products<3>(totals[t][i], high_nibbles(step1), tokens[t]);
      }
    }
  }
}
