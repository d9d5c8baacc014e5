// The exact integer sums of one group for a block of 32 rows, four products a lane at once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// scalar/dot.h has the contract. Over words for Codes, as x86/codes256.h has them, and
// add_products(sums, u, s): sums + unsigned bytes u · signed bytes s.

inline constexpr uint32_t kBlockRegisters = format::kBlockRows / kRegisterRows;

/// kCount neighbouring registers of rows against kTokens tokens.
template <uint32_t kCount, uint32_t kTokens>
inline void dot_int4_rows(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                          int32_t* sums) {
  // One token's sums would be one chain of two long additions a step; several tokens have chains
  // enough, and no registers left.
  constexpr uint32_t kChains = kTokens == 1 ? 2 : 1;
  Codes totals[kChains][kCount][kTokens] = {};
  auto& low_totals = totals[0];
  auto& high_totals = totals[kChains - 1];
#pragma GCC unroll 2
  for (uint32_t j = 0; j < k; j += 8, codes += 128) {
    prefetch_step(codes);
    Codes low[kCount], high[kCount];
    for (uint32_t i = 0; i < kCount; ++i) {
      const Codes both = load_codes(codes + sizeof(Codes) * i);
      low[i] = low_nibbles(both);
      high[i] = high_nibbles(both);
    }
    for (uint32_t t = 0; t < kTokens; ++t) {
      const Codes first = four_columns(q + t * q_stride + j);
      const Codes second = four_columns(q + t * q_stride + j + 4);
      for (uint32_t i = 0; i < kCount; ++i) {
        low_totals[i][t] = add_products(low_totals[i][t], low[i], first);
        high_totals[i][t] = add_products(high_totals[i][t], high[i], second);
      }
    }
  }
  for (uint32_t i = 0; i < kCount; ++i)
    for (uint32_t t = 0; t < kTokens; ++t)
      store_sums(sums + 32 * t + kRegisterRows * i,
                 kChains == 1 ? low_totals[i][t] : add_sums(low_totals[i][t], high_totals[i][t]));
}

/// (q + 128) · code, less 128 times the sum of codes, which one more product a register collects.
template <uint32_t kCount, uint32_t kTokens>
inline void dot_int8_rows(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                          int32_t* sums, size_t sums_stride) {
  const Codes offset = plus_128(Codes{});
  Codes totals[kCount][kTokens] = {};
  Codes offsets[kCount] = {};
  for (uint32_t j = 0; j < k; j += 4, codes += 128) {
    prefetch_step(codes);
    Codes rows[kCount];
    for (uint32_t i = 0; i < kCount; ++i) {
      rows[i] = load_codes(codes + sizeof(Codes) * i);
      offsets[i] = add_products(offsets[i], offset, rows[i]);
    }
    for (uint32_t t = 0; t < kTokens; ++t) {
      const Codes columns = plus_128(four_columns(q + t * q_stride + j));
      for (uint32_t i = 0; i < kCount; ++i)
        totals[i][t] = add_products(totals[i][t], columns, rows[i]);
    }
  }
  for (uint32_t i = 0; i < kCount; ++i)
    for (uint32_t t = 0; t < kTokens; ++t)
      store_sums(sums + sums_stride * t + kRegisterRows * i,
                 subtract_sums(totals[i][t], offsets[i]));
}

// One token takes the block as it streams; several take two registers of rows at a time, so that
// their sums stay in registers.
template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  constexpr uint32_t kCount = kTokens == 1 ? kBlockRegisters : 2;
  for (uint32_t i = 0; i < kBlockRegisters; i += kCount)
    dot_int4_rows<kCount, kTokens>(codes + sizeof(Codes) * i, k, q, q_stride,
                                   sums + kRegisterRows * i);
}

template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums, size_t sums_stride) {
  constexpr uint32_t kCount = kTokens == 1 ? kBlockRegisters : 2;
  for (uint32_t i = 0; i < kBlockRegisters; i += kCount)
    dot_int8_rows<kCount, kTokens>(codes + sizeof(Codes) * i, k, q, q_stride,
                                   sums + kRegisterRows * i, sums_stride);
}
