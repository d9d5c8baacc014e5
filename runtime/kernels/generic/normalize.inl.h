// RMS norm, to floats or straight to quantized activations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// 1 / sqrt(mean(x²) + epsilon). @pre x is zero from `width` to the padded width
inline float inverse_rms(const float* x, uint32_t width, float epsilon) {
  F32x8 squares = f32_splat(0.0f);
  for (uint32_t i = 0; i < format::padded(width); i += 8) {
    const F32x8 lanes = f32_load(x + i);
    squares = f32_add(squares, f32_mul(lanes, lanes));
  }
  const float mean = f32_sum(squares) / static_cast<float>(width);
  return 1.0f / __builtin_sqrtf(mean + epsilon);
}

inline void scale_by_gain(const float* x, const float* gain, float factor, uint32_t count,
                          float* out) {
  const auto factors = f32_splat(factor);
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(out + i, f32_mul(f32_mul(f32_load(x + i), factors), f32_load(gain + i)));
}

void rms_norm(const RmsNormArguments& a, uint32_t first, uint32_t last) {
  const float epsilon = __builtin_bit_cast(float, a.epsilon_bits);
  const uint32_t width = format::padded(a.width);
  for (uint32_t row = first; row < last; ++row) {
    const float* x = row_of(a.in, row);
    const float factor = inverse_rms(x, a.width, epsilon);
    if (a.out.data != nullptr) {
      scale_by_gain(x, a.gain, factor, width, row_of(a.out, row));
    } else {
      quantize_row(row_of(a.quantized_out, row), a.quantized_out.group, width,
                   [&](uint32_t begin, uint32_t count, float* staging) {
                     scale_by_gain(x + begin, a.gain + begin, factor, count, staging);
                     return staging;
                   });
    }
  }
}
