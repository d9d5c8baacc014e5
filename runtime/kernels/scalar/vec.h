// The vector operations in plain C++: eight lanes are eight numbers; this is what each means.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

// Included inside namespace nibble::<set>; docs/KERNELS.md has the table of operations.
#include "runtime/kernels/generic/half.inl.h"

struct F32x8 {
  float lane[8];
};
struct I32x8 {
  int32_t lane[8];
};

template <class Function>
inline F32x8 f32_lanes(Function value) {
  F32x8 result;
  for (uint32_t i = 0; i < 8; ++i) result.lane[i] = value(i);
  return result;
}
template <class Function>
inline I32x8 i32_lanes(Function value) {
  I32x8 result;
  for (uint32_t i = 0; i < 8; ++i) result.lane[i] = value(i);
  return result;
}

// Memory. No alignment beyond the element's own is required.
inline F32x8 f32_load(const float* from) {
  return f32_lanes([=](uint32_t i) { return from[i]; });
}
inline void f32_store(float* to, F32x8 a) {
  for (uint32_t i = 0; i < 8; ++i) to[i] = a.lane[i];
}
inline F32x8 f32_load_f16(const uint16_t* from) {
  return f32_lanes([=](uint32_t i) { return half_to_float(from[i]); });
}
inline void f32_store_f16(uint16_t* to, F32x8 a) {
  for (uint32_t i = 0; i < 8; ++i) to[i] = float_to_half(a.lane[i]);
}
inline F32x8 f32_load_i8(const int8_t* from) {
  return f32_lanes([=](uint32_t i) { return static_cast<float>(from[i]); });
}
inline I32x8 i32_load(const int32_t* from) {
  return i32_lanes([=](uint32_t i) { return from[i]; });
}
inline void i32_store(int32_t* to, I32x8 a) {
  for (uint32_t i = 0; i < 8; ++i) to[i] = a.lane[i];
}
inline I32x8 i32_load_u8(const uint8_t* from) {
  return i32_lanes([=](uint32_t i) { return static_cast<int32_t>(from[i]); });
}
/// @pre every lane is in -128 … 127
inline void i32_store_i8(int8_t* to, I32x8 a) {
  for (uint32_t i = 0; i < 8; ++i) to[i] = static_cast<int8_t>(a.lane[i]);
}
/// codes[32] = the low nibbles of pairs[16], then the high ones, each less `zero`.
/// @pre zero is in 0 … 15
inline void i8_unpack_nibbles(int8_t* codes, const uint8_t* pairs, uint8_t zero) {
  constexpr uint64_t kNibbles = 0x0F0F0F0F0F0F0F0F, kSigns = 0x8080808080808080;
  const uint64_t zeros = zero * uint64_t{0x0101010101010101};
  for (uint32_t j = 0; j < 16; j += 8) {
    uint64_t eight;
    __builtin_memcpy(&eight, pairs + j, 8);
    // With its sign bit set no byte borrows from the next.
    const uint64_t low = (((eight & kNibbles) | kSigns) - zeros) ^ kSigns;
    const uint64_t high = (((eight >> 4 & kNibbles) | kSigns) - zeros) ^ kSigns;
    __builtin_memcpy(codes + j, &low, 8);
    __builtin_memcpy(codes + 16 + j, &high, 8);
  }
}

// Arithmetic, lane by lane, each correctly rounded.
inline F32x8 f32_splat(float value) {
  return f32_lanes([=](uint32_t) { return value; });
}
inline F32x8 f32_add(F32x8 a, F32x8 b) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] + b.lane[i]; });
}
inline F32x8 f32_sub(F32x8 a, F32x8 b) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] - b.lane[i]; });
}
inline F32x8 f32_mul(F32x8 a, F32x8 b) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] * b.lane[i]; });
}
inline F32x8 f32_div(F32x8 a, F32x8 b) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] / b.lane[i]; });
}
/// a > b ? a : b, so b where either is NaN.
inline F32x8 f32_max(F32x8 a, F32x8 b) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] > b.lane[i] ? a.lane[i] : b.lane[i]; });
}
/// a < b ? a : b, so b where either is NaN.
inline F32x8 f32_min(F32x8 a, F32x8 b) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] < b.lane[i] ? a.lane[i] : b.lane[i]; });
}
/// Clears the sign bit.
inline F32x8 f32_abs(F32x8 a) {
  return f32_lanes([&](uint32_t i) {
    return __builtin_bit_cast(float, __builtin_bit_cast(uint32_t, a.lane[i]) & 0x7FFFFFFFu);
  });
}
/// value where a > b, else +0.
inline F32x8 f32_where_greater(F32x8 a, F32x8 b, F32x8 value) {
  return f32_lanes([&](uint32_t i) { return a.lane[i] > b.lane[i] ? value.lane[i] : 0.0f; });
}
/// x · 2^n by adding n to the exponent. @pre x and the result are normal numbers
inline F32x8 f32_scale(F32x8 x, I32x8 n) {
  return f32_lanes([&](uint32_t i) {
    const uint32_t bits = __builtin_bit_cast(uint32_t, x.lane[i]);
    return __builtin_bit_cast(float, bits + (static_cast<uint32_t>(n.lane[i]) << 23));
  });
}

inline I32x8 i32_splat(int32_t value) {
  return i32_lanes([=](uint32_t) { return value; });
}
// Sums and products of group dots are far from overflow; the unsigned detour only defines them.
inline I32x8 i32_add(I32x8 a, I32x8 b) {
  return i32_lanes([&](uint32_t i) {
    return static_cast<int32_t>(static_cast<uint32_t>(a.lane[i]) +
                                static_cast<uint32_t>(b.lane[i]));
  });
}
inline I32x8 i32_sub(I32x8 a, I32x8 b) {
  return i32_lanes([&](uint32_t i) {
    return static_cast<int32_t>(static_cast<uint32_t>(a.lane[i]) -
                                static_cast<uint32_t>(b.lane[i]));
  });
}
inline I32x8 i32_mul(I32x8 a, I32x8 b) {
  return i32_lanes([&](uint32_t i) {
    return static_cast<int32_t>(static_cast<uint32_t>(a.lane[i]) *
                                static_cast<uint32_t>(b.lane[i]));
  });
}

// Between the two.
inline F32x8 f32_from_i32(I32x8 a) {
  return f32_lanes([&](uint32_t i) { return static_cast<float>(a.lane[i]); });
}
/// To nearest, ties to even. @pre every lane is in -2^21 … 2^21
inline I32x8 i32_round(F32x8 a) {
  return i32_lanes([&](uint32_t i) {
    // From 2^23 to 2^24 singles are the integers, so the addition does the rounding.
    return __builtin_bit_cast(int32_t, a.lane[i] + 0x1.8p23f) - 0x4B400000;
  });
}

// Across lanes, in one order: ((0+4)+(2+6)) + ((1+5)+(3+7)).
inline float f32_sum(F32x8 a) {
  const float* x = a.lane;
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}
inline int32_t i32_sum(I32x8 a) {
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 8; ++i) sum += static_cast<uint32_t>(a.lane[i]);
  return static_cast<int32_t>(sum);
}
/// Sums and differences of lanes 1 apart, of these 2 apart, of these 4 apart: the lane whose number
/// has the bit gets the difference.
inline F32x8 f32_hadamard(F32x8 a) {
  for (uint32_t distance = 1; distance < 8; distance *= 2)
    a = f32_lanes([&](uint32_t i) {
      const float other = a.lane[i ^ distance];
      return (i & distance) != 0 ? other - a.lane[i] : a.lane[i] + other;
    });
  return a;
}
/// The largest lane; which zero when both signs of it are largest is not fixed. @pre no lane is NaN
inline float f32_peak(F32x8 a) {
  float peak = a.lane[0];
  for (uint32_t i = 1; i < 8; ++i) peak = a.lane[i] > peak ? a.lane[i] : peak;
  return peak;
}
