// Four-bit groups of the cache: the transform of keys, and floats to codes with a zero point.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/half.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

using format::kCacheGroup;

/// Columns that are transformed and multiplied at once: the stack has no room for more.
inline constexpr uint32_t kHadamardColumns = 64;

/// Length of a head's transforms: the largest power of two that divides its dimension, at most
/// kHadamardColumns.
inline uint32_t hadamard_length(uint32_t head_dimension) {
  const uint32_t power = head_dimension & (0u - head_dimension);
  return power < kHadamardColumns ? power : kHadamardColumns;
}

/// out = the transform of each `length` values of x[count], times `factor`, then zeros to a whole
/// group. A transform's matrix has orthogonal rows of +1 and −1, so a dot product of two transforms
/// is `length` times that of what they are of.
/// @pre count is a multiple of length, length a power of two from 8 on
[[gnu::noinline]] inline void hadamard(const float* x, uint32_t count, uint32_t length,
                                       float factor, float* out) {
  const auto factors = f32_splat(factor);
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(out + i, f32_hadamard(f32_mul(f32_load(x + i), factors)));
  for (uint32_t distance = 8; distance < length; distance *= 2)
    for (uint32_t i = 0; i < count; i += 8) {
      if ((i & distance) != 0) continue;
      const F32x8 a = f32_load(out + i);
      const F32x8 b = f32_load(out + i + distance);
      f32_store(out + i, f32_add(a, b));
      f32_store(out + i + distance, f32_sub(a, b));
    }
  zero_padding(out, count);
}

struct Int4Scale {
  uint16_t scale;  ///< IEEE half
  uint8_t zero;    ///< 0 … 15
};

/// x is about scale · (code − zero), codes 0 … 15. The range of a group includes 0, and NaN does
/// not count. @pre count is a multiple of 8
[[gnu::noinline]] inline Int4Scale quantize_int4(const float* x, uint32_t count, int8_t* codes) {
  F32x8 highest = f32_splat(0.0f);
  F32x8 lowest = f32_splat(0.0f);
  for (uint32_t i = 0; i < count; i += 8) {
    const F32x8 values = f32_load(x + i);
    highest = f32_max(values, highest);
    lowest = f32_max(f32_sub(f32_splat(0.0f), values), lowest);
  }
  const float below = f32_peak(lowest);  // how far the range reaches below 0
  const float range = f32_peak(highest) + below;
  const bool vanishes = range < 0x1p-20f;  // less than 15 steps of the smallest half
  uint16_t halves[8];
  f32_store_f16(halves, f32_splat(vanishes ? 0.0f : range / 15.0f));
  const float inverse = vanishes ? 0.0f : 1.0f / half_to_float(halves[0]);
  const float steps_below = below * inverse;
  const float clamped = steps_below > 0.0f ? (steps_below < 15.0f ? steps_below : 15.0f) : 0.0f;
  const float zero = (clamped + 0x1.8p23f) - 0x1.8p23f;  // to nearest even, as i32_round
  const auto zeros = i32_splat(static_cast<int32_t>(zero));
  for (uint32_t i = 0; i < count; i += 8) {
    const F32x8 scaled = f32_mul(f32_load(x + i), f32_splat(inverse));
    const F32x8 centered = f32_min(f32_max(scaled, f32_splat(-zero)), f32_splat(15.0f - zero));
    i32_store_i8(codes + i, i32_add(i32_round(centered), zeros));
  }
  return {.scale = halves[0], .zero = static_cast<uint8_t>(zero)};
}
