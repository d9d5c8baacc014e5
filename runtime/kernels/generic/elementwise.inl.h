// Operations on one number at a time: add, exponentiate.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/math.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

void add(const AddArguments& a, uint32_t first, uint32_t last) {
  const uint32_t width = format::padded(a.width);
  for (uint32_t row = first; row < last; ++row) {
    const float* in = row_of(a.in, row);
    float* out = row_of(a.out, row);
    for (uint32_t i = 0; i < width; i += 8)
      f32_store(out + i, f32_add(f32_load(out + i), f32_load(in + i)));
  }
}

void exponentiate(float* x, size_t count) {
  for (size_t i = 0; i < count; i += 8) f32_store(x + i, exponential<Lanes8>(f32_load(x + i)));
}
