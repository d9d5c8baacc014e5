// Numbers rounded as the runtime rounds activations and codes, in loops that vectorize.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <algorithm>
#include <cstdint>

namespace nibble::offline {

/// The nearest integer, ties to even: the sum has no room for a fraction. @pre |x| < 2²²
inline float nearest_integer(float x) {
  constexpr float kShift = 0x1.8p23f;
  return (x + kShift) - kShift;
}
inline double nearest_integer(double x) {
  constexpr double kShift = 0x1.8p52;
  return (x + kShift) - kShift;
}

/// Replaces each group of a row by what its INT8 codes stand for (docs/NUMERICS.md, "Activations to
/// INT8").
template <class Real>
void round_activations(Real* row, uint32_t width, uint32_t group) {
  for (uint32_t begin = 0; begin < width; begin += group) {
    const uint32_t end = std::min(begin + group, width);
    Real largest = 0;
    for (uint32_t i = begin; i < end; ++i) {
      const Real magnitude = row[i] < 0 ? -row[i] : row[i];
      largest = magnitude > largest ? magnitude : largest;
    }
    const bool vanishes = largest < static_cast<Real>(1e-30f);
    const Real inverse = vanishes ? Real{0} : Real{127} / largest;
    const Real scale = vanishes ? Real{0} : largest / Real{127};
    for (uint32_t i = begin; i < end; ++i) row[i] = nearest_integer(row[i] * inverse) * scale;
  }
}

}  // namespace nibble::offline
