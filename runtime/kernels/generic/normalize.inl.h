// RMS norm and layer norm, to floats or straight to quantized activations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// What a segment is normalized by: (x − mean) · factor.
struct Normalization {
  float mean;
  float factor;
};

/// The sum of value(vector) over the vectors of x[count], the last one zero from `count` on.
/// @pre what follows x[count] up to a multiple of 8 can be read
template <class Value>
inline float sum_of(const float* x, uint32_t count, Value value) {
  alignas(32) static constexpr float kLaneNumbers[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  F32x8 sum = f32_splat(0.0f);
  const uint32_t whole = count / 8 * 8;
  for (uint32_t i = 0; i < whole; i += 8) sum = f32_add(sum, value(f32_load(x + i)));
  if (whole < count) {
    const F32x8 inside = f32_splat(static_cast<float>(count - whole));
    sum =
        f32_add(sum, f32_where_greater(inside, f32_load(kLaneNumbers), value(f32_load(x + whole))));
  }
  return f32_sum(sum);
}

/// Over x[count]: 1 / sqrt(mean((x − mean)²) + epsilon); an RMS norm takes 0 as the mean, which
/// changes no bit of x.
inline Normalization normalization_of(const float* x, uint32_t count, float epsilon,
                                      bool is_centered) {
  const float divisor = static_cast<float>(count);
  Normalization result = {.mean = 0.0f, .factor = 0.0f};
  if (is_centered) result.mean = sum_of(x, count, [](F32x8 a) { return a; }) / divisor;
  const float mean = result.mean;
  const float squares = sum_of(x, count, [mean](F32x8 a) {
    const F32x8 lanes = f32_sub(a, f32_splat(mean));
    return f32_mul(lanes, lanes);
  });
  result.factor = 1.0f / __builtin_sqrtf(squares / divisor + epsilon);
  return result;
}

/// Columns [begin, begin + count) of a row, `x` the first of them.
[[gnu::noinline]] inline void scale_by_gain(const NormArguments& a, const Normalization& by,
                                            bool is_centered, const float* x, uint32_t begin,
                                            uint32_t count, float* out) {
  const auto mean = f32_splat(by.mean);
  const auto factor = f32_splat(by.factor);
  for (uint32_t i = 0; i < count; i += 8) {
    F32x8 lanes = f32_mul(f32_sub(f32_load(x + i), mean), factor);
    lanes = f32_mul(lanes, f32_load(a.gain + begin + i));
    if (is_centered)
      lanes = f32_add(lanes, a.bias != nullptr ? f32_load(a.bias + begin + i) : f32_splat(0.0f));
    f32_store(out + i, lanes);
  }
}

[[gnu::noinline]] inline void normalize(const NormArguments& a, bool is_centered, uint32_t first,
                                        uint32_t last) {
  const float epsilon = __builtin_bit_cast(float, a.epsilon_bits);
  const uint32_t width = format::padded(a.width);
  for (uint32_t row = first; row < last; ++row) {
    const float* x = row_of(a.in, row);
    if (a.out.data == nullptr) {
      const Normalization by = normalization_of(x, a.width, epsilon, is_centered);
      quantize_row(row_of(a.quantized_out, row), a.quantized_out.group, width,
                   [&](uint32_t begin, uint32_t count, float* staging) {
                     scale_by_gain(a, by, is_centered, x + begin, begin, count, staging);
                     return staging;
                   });
      continue;
    }
    float* out = row_of(a.out, row);
    for (uint32_t begin = 0; begin < a.width; begin += a.segment) {
      const Normalization by = normalization_of(x + begin, a.segment, epsilon, is_centered);
      // The last segment takes the padding along: its gain and bias are zero.
      const uint32_t end = begin + a.segment < a.width ? begin + a.segment : width;
      scale_by_gain(a, by, is_centered, x + begin, begin, end - begin, out + begin);
    }
  }
}

void rms_norm(const NormArguments& a, uint32_t first, uint32_t last) {
  normalize(a, false, first, last);
}

void layer_norm(const NormArguments& a, uint32_t first, uint32_t last) {
  normalize(a, true, first, last);
}
