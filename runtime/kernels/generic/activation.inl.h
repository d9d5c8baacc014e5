// Functions of one number, such as SiLU and GELU, alone or times another number.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/math.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// dividend / (1 + e^-x)
inline F32x8 times_sigmoid(F32x8 dividend, F32x8 x) {
  const F32x8 exponent = exponential<Lanes8>(f32_sub(f32_splat(0.0f), x));
  return f32_div(dividend, f32_add(f32_splat(1.0f), exponent));
}

/// x · Φ(x). With y = |x|, Φ(−y) is e^(−y²/2) times a polynomial in t = 1 / (1 + 0.39·y).
inline F32x8 gelu_erf(F32x8 x) {
  const F32x8 y = f32_abs(x);
  const auto one = f32_splat(1.0f);
  const F32x8 t = f32_div(one, f32_add(f32_mul(y, f32_splat(0x1.8f5c28p-2f)), one));
  F32x8 p = f32_splat(0x1.b533e2p-5f);
  p = f32_add(f32_mul(p, t), f32_splat(-0x1.069ea0p-2f));
  p = f32_add(f32_mul(p, t), f32_splat(0x1.7d7efep-2f));
  p = f32_add(f32_mul(p, t), f32_splat(-0x1.e32ad0p-7f));
  p = f32_add(f32_mul(p, t), f32_splat(0x1.8cd444p-3f));
  p = f32_add(f32_mul(p, t), f32_splat(0x1.3650b2p-3f));
  const F32x8 bell = exponential<Lanes8>(f32_mul(f32_mul(y, y), f32_splat(-0.5f)));
  return f32_sub(f32_max(x, f32_splat(0.0f)), f32_mul(y, f32_mul(bell, f32_mul(t, p))));
}

inline F32x8 activate(format::Activation activation, F32x8 x, float cap) {
  F32x8 steepened = x;
  switch (activation) {
    case format::Activation::GeluTanh: {  // x · (1 + tanh(√(2/π) · (x + 0.044715·x³))) / 2
      const F32x8 cubic = f32_mul(f32_mul(x, x), f32_splat(0x1.6e4e26p-5f));
      steepened = f32_mul(x, f32_add(cubic, f32_splat(1.0f)));
      steepened = f32_mul(steepened, f32_splat(0x1.988454p+0f));
      break;
    }
    case format::Activation::QuickGelu:
      steepened = f32_mul(x, f32_splat(0x1.b3b646p+0f));
      break;
    case format::Activation::GeluErf:
      return gelu_erf(x);
    case format::Activation::Relu:
      return f32_max(x, f32_splat(0.0f));
    case format::Activation::SoftCap:
      return soft_cap<Lanes8>(x, cap);
    default:
      break;
  }
  return times_sigmoid(x, steepened);
}

/// out = activation(gate) (· up): columns [begin, begin + count) of a row.
inline void gate_columns(const GatedActivationArguments& a, uint32_t row, uint32_t begin,
                         uint32_t count, float* out) {
  const float cap = __builtin_bit_cast(float, a.cap_bits);
  const float* gates = row_of(a.gate, row) + begin;
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(out + i, activate(a.activation, f32_load(gates + i), cap));
  if (a.up.data == nullptr) return;
  const float* up = row_of(a.up, row) + begin;
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(out + i, f32_mul(f32_load(out + i), f32_load(up + i)));
}

void gated_activation(const GatedActivationArguments& a, uint32_t first, uint32_t last) {
  const uint32_t width = format::padded(a.width);
  for (uint32_t row = first; row < last; ++row) {
    if (a.out.data != nullptr) {
      gate_columns(a, row, 0, width, row_of(a.out, row));
    } else {
      quantize_row(row_of(a.quantized_out, row), a.quantized_out.group, width,
                   [&](uint32_t begin, uint32_t count, float* staging) {
                     gate_columns(a, row, begin, count, staging);
                     return staging;
                   });
    }
  }
}
