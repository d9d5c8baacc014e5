// The exact integer sums of one group for a block of 32 rows, on RISC-V Vector: four lanes a row.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"

// scalar/dot.h has the contract. A step of 128 bytes is 32 rows of four columns (twice four, as
// nibbles): every byte is a lane, its products gather in 16 bits, and the four lanes of a row are
// added once in 64 columns. Registers of 128 bits hold half a step in the four that bytes may have
// so that their products have eight; from 256 bits on they hold the whole. Only the count differs.

inline constexpr uint32_t kMatMulTokens = 2;
/// The longest vectors (generic/lanes.inl.h).
using WideLanes = Lanes8;

inline constexpr uint32_t kStepBytes = 128;
/// 16 products of a nibble by an activation are at most 16 · 15 · 127 = 30480, which 16 bits hold.
inline constexpr uint32_t kLaneProducts = 16;

/// Bytes of a step that are worked on at once: 64 or 128.
inline size_t lanes_at_once() {
  return __riscv_vsetvl_e8m4(kStepBytes);
}

/// The four activations a row's four bytes meet, for every row.
inline vint8m4_t four_columns(const int8_t* q, size_t lanes) {
  int32_t four;
  __builtin_memcpy(&four, __builtin_assume_aligned(q, 4), 4);
  return __riscv_vreinterpret_v_i32m4_i8m4(__riscv_vmv_v_x_i32m4(four, lanes / 4));
}

/// Made where it is used: hoisted out of a loop it would be spilled (vec.h).
inline vint16m8_t no_sums(size_t lanes) {
  int16_t zero = 0;
  __asm__ volatile("" : "+r"(zero));
  return __riscv_vmv_v_x_i16m8(zero, lanes);
}

inline vuint8m4_t low_nibbles(vuint8m4_t codes, size_t lanes) {
  return __riscv_vand_vx_u8m4(codes, 15, lanes);
}
inline vuint8m4_t high_nibbles(vuint8m4_t codes, size_t lanes) {
  return __riscv_vsrl_vx_u8m4(codes, 4, lanes);
}

/// Each row's four lanes as one sum of 32 bits.
inline vint32m4_t row_sums(vint16m8_t lane_sums, size_t lanes) {
  const vint32m8_t pairs = __riscv_vreinterpret_v_i16m8_i32m8(lane_sums);
  const vint16m4_t even = __riscv_vncvt_x_x_w_i16m4(pairs, lanes / 2);
  const vint16m4_t odd = __riscv_vnsra_wx_i16m4(pairs, 16, lanes / 2);
  const vint64m8_t halves =
      __riscv_vreinterpret_v_i32m8_i64m8(__riscv_vwadd_vv_i32m8(even, odd, lanes / 2));
  return __riscv_vadd_vv_i32m4(__riscv_vncvt_x_x_w_i32m4(halves, lanes / 4),
                               __riscv_vnsra_wx_i32m4(halves, 32, lanes / 4), lanes / 4);
}
/// sums[row] = total, or += total after the first columns.
inline void keep(vint32m4_t total, bool first, size_t lanes, int32_t* sums) {
  if (!first)
    total = __riscv_vadd_vv_i32m4(total, __riscv_vle32_v_i32m4(sums, lanes / 4), lanes / 4);
  __riscv_vse32_v_i32m4(sums, total, lanes / 4);
}

inline vint16m8_t add_nibbles(vint16m8_t sums, vint8m4_t q, vuint8m4_t nibbles, size_t lanes) {
  return __riscv_vwmaccsu_vv_i16m8(sums, q, nibbles, lanes);
}

/// `columns` columns, at most 64, of as many rows as there are lanes for.
inline void dot_int4_one(const uint8_t* codes, uint32_t columns, const int8_t* q, bool first,
                         size_t lanes, int32_t* sums) {
  vint16m8_t a = no_sums(lanes);
  const int8_t* end = q + columns;
  for (; q < end; q += 8, codes += kStepBytes) {
    // Both at once: changing between lanes of 32 and 8 bits is an instruction each time.
    const vint8m4_t q_low = four_columns(q, lanes);
    const vint8m4_t q_high = four_columns(q + 4, lanes);
    const vuint8m4_t pairs = __riscv_vle8_v_u8m4(codes, lanes);
    a = add_nibbles(a, q_low, low_nibbles(pairs, lanes), lanes);
    a = add_nibbles(a, q_high, high_nibbles(pairs, lanes), lanes);
  }
  keep(row_sums(a, lanes), first, lanes, sums);
}

/// Both halves of a step at once, where a register length of 128 bits makes them two: they meet the
/// same activations. All 32 registers are in use.
inline void dot_int4_halves(const uint8_t* codes, uint32_t columns, const int8_t* q, bool first,
                            int32_t* sums) {
  constexpr size_t kLanes64 = kStepBytes / 2;
  vint16m8_t a = no_sums(kLanes64), b = no_sums(kLanes64);
  const int8_t* end = q + columns;
  for (; q < end; q += 8, codes += kStepBytes) {
    const vint8m4_t q_low = four_columns(q, kLanes64);
    const vint8m4_t q_high = four_columns(q + 4, kLanes64);
    const vuint8m4_t upper = __riscv_vle8_v_u8m4(codes, kLanes64);
    a = add_nibbles(a, q_low, low_nibbles(upper, kLanes64), kLanes64);
    a = add_nibbles(a, q_high, high_nibbles(upper, kLanes64), kLanes64);
    const vuint8m4_t lower = __riscv_vle8_v_u8m4(codes + kLanes64, kLanes64);
    b = add_nibbles(b, q_low, low_nibbles(lower, kLanes64), kLanes64);
    b = add_nibbles(b, q_high, high_nibbles(lower, kLanes64), kLanes64);
  }
  keep(row_sums(a, kLanes64), first, kLanes64, sums);
  keep(row_sums(b, kLanes64), first, kLanes64, sums + 16);
}

/// The same for two tokens.
inline void dot_int4_two(const uint8_t* codes, uint32_t columns, const int8_t* q, size_t q_stride,
                         bool first, size_t lanes, int32_t* sums) {
  vint16m8_t a = no_sums(lanes), b = no_sums(lanes);
  const int8_t* end = q + columns;
  for (; q < end; q += 8, codes += kStepBytes) {
    const vuint8m4_t pairs = __riscv_vle8_v_u8m4(codes, lanes);
    const vuint8m4_t low = low_nibbles(pairs, lanes);
    a = add_nibbles(a, four_columns(q, lanes), low, lanes);
    b = add_nibbles(b, four_columns(q + q_stride, lanes), low, lanes);
    const vuint8m4_t high = high_nibbles(pairs, lanes);
    a = add_nibbles(a, four_columns(q + 4, lanes), high, lanes);
    b = add_nibbles(b, four_columns(q + q_stride + 4, lanes), high, lanes);
  }
  keep(row_sums(a, lanes), first, lanes, sums);
  keep(row_sums(b, lanes), first, lanes, sums + 32);
}

template <uint32_t kTokens>
inline void dot_int4(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums) {
  constexpr uint32_t kColumns = kLaneProducts / 2 * 8;
  const size_t lanes = lanes_at_once();
  for (uint32_t j = 0; j < k; j += kColumns, codes += kColumns / 8 * kStepBytes, q += kColumns) {
    const uint32_t columns = k - j < kColumns ? k - j : kColumns;
    if (kTokens == 1 && lanes < kStepBytes)
      dot_int4_halves(codes, columns, q, j == 0, sums);
    else if (kTokens == 1)
      dot_int4_one(codes, columns, q, j == 0, lanes, sums);
    else
      for (size_t at = 0; at < kStepBytes; at += lanes)
        dot_int4_two(codes + at, columns, q, q_stride, j == 0, lanes, sums + at / 4);
  }
}

/// A signed byte is 16 · its high nibble, signed, + its low nibble: so both gather in 16 bits too.
inline void dot_int8_lanes(const uint8_t* codes, uint32_t columns, const int8_t* q, bool first,
                           size_t lanes, int32_t* sums) {
  vint16m8_t low = no_sums(lanes), high = no_sums(lanes);
  const int8_t* end = q + columns;
  for (; q < end; q += 4, codes += kStepBytes) {
    const vuint8m4_t bytes = __riscv_vle8_v_u8m4(codes, lanes);
    const vint8m4_t four = four_columns(q, lanes);
    low = __riscv_vwmaccsu_vv_i16m8(low, four, low_nibbles(bytes, lanes), lanes);
    high = __riscv_vwmacc_vv_i16m8(
        high, four, __riscv_vsra_vx_i8m4(__riscv_vreinterpret_v_u8m4_i8m4(bytes), 4, lanes), lanes);
  }
  const vint32m4_t sixteenths = row_sums(high, lanes);
  keep(__riscv_vadd_vv_i32m4(__riscv_vsll_vx_i32m4(sixteenths, 4, lanes / 4), row_sums(low, lanes),
                             lanes / 4),
       first, lanes, sums);
}

template <uint32_t kTokens>
inline void dot_int8(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                     int32_t* sums, size_t sums_stride) {
  constexpr uint32_t kColumns = kLaneProducts * 4;
  const size_t lanes = lanes_at_once();
  for (uint32_t t = 0; t < kTokens; ++t, q += q_stride, sums += sums_stride)
    for (size_t at = 0; at < kStepBytes; at += lanes)
      for (uint32_t j = 0; j < k; j += kColumns)
        dot_int8_lanes(codes + at + j / 4 * kStepBytes, k - j < kColumns ? k - j : kColumns, q + j,
                       j == 0, lanes, sums + at / 4);
}
