// exp, sine and cosine as polynomials, so that no math library decides the bits.
// docs/NUMERICS.md derives the coefficients and states the error bounds.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"

/// e^x within 2 ulp; +0 for x <= -87.3 and for NaN; e^88.37 for any x beyond that.
template <class Lanes>
inline typename Lanes::Vector exponential(typename Lanes::Vector x) {
  using Vector = typename Lanes::Vector;
  const auto lowest = Lanes::splat(-87.3f);
  const Vector clamped = f32_min(f32_max(x, lowest), Lanes::splat(88.37f));
  const auto n = i32_round(f32_mul(clamped, Lanes::splat(0x1.715476p+0f)));  // log2 e
  const Vector n_f32 = f32_from_i32(n);
  // ln 2 in two parts: the first has nine bits, so its product by n is exact.
  Vector r = f32_sub(clamped, f32_mul(n_f32, Lanes::splat(0.693359375f)));
  r = f32_sub(r, f32_mul(n_f32, Lanes::splat(-0x1.bd0106p-13f)));
  Vector p = Lanes::splat(0x1.6a23d2p-10f);
  p = f32_add(f32_mul(p, r), Lanes::splat(0x1.123a20p-7f));
  p = f32_add(f32_mul(p, r), Lanes::splat(0x1.5558f2p-5f));
  p = f32_add(f32_mul(p, r), Lanes::splat(0x1.555492p-3f));
  p = f32_add(f32_mul(p, r), Lanes::splat(0x1.fffffcp-2f));
  p = f32_add(f32_mul(p, f32_mul(r, r)), r);
  p = f32_add(p, Lanes::splat(1.0f));
  return f32_where_greater(x, lowest, f32_scale(p, n));
}

/// cap · tanh(x / cap)
template <class Lanes>
inline typename Lanes::Vector soft_cap(typename Lanes::Vector x, float cap) {
  using Vector = typename Lanes::Vector;
  const auto one = Lanes::splat(1.0f);
  const Vector exponent = exponential<Lanes>(f32_mul(x, Lanes::splat(2.0f / cap)));
  const Vector rest = f32_div(Lanes::splat(2.0f), f32_add(exponent, one));
  return f32_mul(f32_sub(one, rest), Lanes::splat(cap));
}

struct SineCosine {
  float sine;
  float cosine;
};

/// Of a phase in 2^-64 turns, within 1e-7. One at a time: a token needs a few dozen.
inline SineCosine sine_cosine(uint64_t phase) {
  // The nearest quarter turn, and what is left of it in 2^-32 turns: at most an eighth of a turn.
  const uint32_t quarter = static_cast<uint32_t>((phase + (uint64_t{1} << 61)) >> 62);
  const uint64_t rest = phase - (static_cast<uint64_t>(quarter) << 62);
  const float t = static_cast<float>(static_cast<int32_t>(rest >> 32)) * 0x1p-29f;
  const float u = t * t;
  // π/4 · t in two parts, the small one with the cubic term.
  float s = -0x1.2cf630p-15f;
  s = s * u + 0x1.465a40p-9f;
  s = s * u + -0x1.4abba8p-4f;
  s = s * u + -3.268e-8f;
  s = t * 0x1.921fb6p-1f + t * s;
  float c = 0x1.d9f90ap-19f;
  c = c * u + -0x1.55c66ap-12f;
  c = c * u + 0x1.03c1dep-6f;
  c = c * u + -0x1.3bd3ccp-2f;
  c = c * u + 1.0f;
  switch (quarter & 3) {
    case 0:
      return {.sine = s, .cosine = c};
    case 1:
      return {.sine = c, .cosine = -s};
    case 2:
      return {.sine = -s, .cosine = -c};
    default:
      return {.sine = -c, .cosine = s};
  }
}
