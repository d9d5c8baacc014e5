// Operations on one number at a time: gated activation, add, exponentiate.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/math.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// out = gate / (1 + e^-gate) · up
inline void gate_columns(const float* gates, const float* up, uint32_t count, float* out) {
  const auto zero = f32_splat(0.0f);
  const auto one = f32_splat(1.0f);
  for (uint32_t i = 0; i < count; i += 8) {
    const F32x8 x = f32_load(gates + i);
    const F32x8 silu = f32_div(x, f32_add(one, exponential<Lanes8>(f32_sub(zero, x))));
    f32_store(out + i, f32_mul(silu, f32_load(up + i)));
  }
}

void gated_activation(const GatedActivationArguments& a, uint32_t first, uint32_t last) {
  const uint32_t width = format::padded(a.width);
  for (uint32_t row = first; row < last; ++row) {
    const float* gates = row_of(a.gate, row);
    const float* up = row_of(a.up, row);
    if (a.out.data != nullptr) {
      gate_columns(gates, up, width, row_of(a.out, row));
    } else {
      quantize_row(row_of(a.quantized_out, row), a.quantized_out.group, width,
                   [&](uint32_t begin, uint32_t count, float* staging) {
                     gate_columns(gates + begin, up + begin, count, staging);
                     return staging;
                   });
    }
  }
}

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
