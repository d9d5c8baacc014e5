// Rotary positions: the angles of a batch once, then the rotation of each head by them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/math.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

void rotary_table(const RotaryTableArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t row = first; row < last; ++row) {
    float* cosines = row_of(a.out, row);
    float* sines = cosines + a.pairs;
    const uint64_t position = a.rows[row].position;
    for (uint32_t i = 0; i < a.pairs; ++i) {
      const SineCosine angle = sine_cosine(position * a.increments[i]);
      cosines[i] = angle.cosine;
      sines[i] = angle.sine;
    }
    zero_padding(cosines, 2 * a.pairs);
  }
}

/// Turns each (x[i], y[i]) by its angle. Pairs beyond a multiple of 8 go one at a time.
inline void rotate_pairs(float* x, float* y, const float* cosines, const float* sines,
                         uint32_t pairs) {
  uint32_t i = 0;
  for (; i + 8 <= pairs; i += 8) {
    const F32x8 x8 = f32_load(x + i);
    const F32x8 y8 = f32_load(y + i);
    const F32x8 cosine = f32_load(cosines + i);
    const F32x8 sine = f32_load(sines + i);
    f32_store(x + i, f32_sub(f32_mul(x8, cosine), f32_mul(y8, sine)));
    f32_store(y + i, f32_add(f32_mul(y8, cosine), f32_mul(x8, sine)));
  }
  for (; i < pairs; ++i) {
    const float x1 = x[i];
    const float y1 = y[i];
    x[i] = x1 * cosines[i] - y1 * sines[i];
    y[i] = y1 * cosines[i] + x1 * sines[i];
  }
}

void rotate(const RotateArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t row = first; row < last; ++row) {
    const float* cosines = row_of(a.rotary_table, row);
    float* head = row_of(a.values, row);
    for (uint32_t h = 0; h < a.heads; ++h, head += a.head_dimension)
      rotate_pairs(head, head + a.pairs, cosines, cosines + a.pairs, a.pairs);
  }
}
