// Activations to INT8 codes with one scale a group; keys and values of an INT8 cache the same way.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/rows.inl.h"

struct GroupScale {
  float scale;
  int32_t sum;  ///< Of the codes.
};

/// Largest magnitude of x[count]; NaN does not count. @pre count is a multiple of 8
inline float largest_magnitude(const float* x, uint32_t count) {
  F32x8 largest = f32_splat(0.0f);
  for (uint32_t i = 0; i < count; i += 8) largest = f32_max(f32_abs(f32_load(x + i)), largest);
  return f32_peak(largest);
}

/// codes = x · 127 / amax, to nearest even. @pre count is a multiple of 8
[[gnu::noinline]] inline GroupScale quantize_group(const float* x, uint32_t count, int8_t* codes) {
  const float amax = largest_magnitude(x, count);
  const bool vanishes = amax < 1e-30f;  // 127 / amax would overflow
  const auto inverse = f32_splat(vanishes ? 0.0f : 127.0f / amax);
  I32x8 sum = i32_splat(0);
  for (uint32_t i = 0; i < count; i += 8) {
    const F32x8 scaled = f32_mul(f32_load(x + i), inverse);
    const I32x8 code = i32_round(f32_min(f32_max(scaled, f32_splat(-127.0f)), f32_splat(127.0f)));
    i32_store_i8(codes + i, code);
    sum = i32_add(sum, code);
  }
  return {.scale = vanishes ? 0.0f : amax / 127.0f, .sum = i32_sum(sum)};
}

/// Quantizes one row group by group; produce(begin, count, staging) returns a group's floats, which
/// it may put into `staging`.
template <class Produce>
inline void quantize_row(const QuantizedRow& out, uint32_t group, uint32_t width, Produce produce) {
  alignas(32) float staging[format::kMaxGroup];
  for (uint32_t begin = 0, g = 0; begin < width; begin += group, ++g) {
    const uint32_t count = group_columns(group, begin, width);
    const float* floats = produce(begin, count, staging);
    const GroupScale result = quantize_group(floats, count, out.codes + begin);
    out.scales[g] = result.scale;
    out.sums[g] = result.sum;
  }
}

void quantize(const QuantizeArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t row = first; row < last; ++row) {
    const float* in = row_of(a.in, row);
    quantize_row(row_of(a.out, row), a.out.group, format::padded(a.width),
                 [&](uint32_t begin, uint32_t, float*) { return in + begin; });
  }
}
