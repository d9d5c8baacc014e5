// The fastest two waves give the base; what the others lack is their factor.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/rotary_keys.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace nibble::offline {
namespace {

/// Radians per position.
long double frequency(uint64_t increment) {
  return static_cast<long double>(increment) * 0x1p-64L * 2 * std::numbers::pi_v<long double>;
}

/// Bases are whole numbers, or floats: rounding takes away the last bits that increments lack.
double rounded_theta(long double theta) {
  const long double whole = std::round(theta);
  if (std::fabs(theta - whole) < 1e-6L * theta) return static_cast<double>(whole);
  return static_cast<float>(theta);
}

}  // namespace

RotaryBasis rotary_basis(std::span<const uint64_t> increments) {
  const size_t pairs = increments.size();
  RotaryBasis basis;
  if (pairs > 1) {
    const long double ratio = frequency(increments[0]) / frequency(increments[1]);
    basis.theta = rounded_theta(std::pow(ratio, static_cast<long double>(pairs)));
  }
  for (size_t i = 0; i < pairs; ++i) {
    const long double exponent =
        -1.0L * static_cast<long double>(i) / static_cast<long double>(pairs);
    const long double unscaled = std::pow(static_cast<long double>(basis.theta), exponent);
    basis.factors.push_back(static_cast<float>(unscaled / frequency(increments[i])));
  }
  const float first = basis.factors.front();
  const bool is_one_factor = std::ranges::all_of(
      basis.factors, [first](float factor) { return std::fabs(factor - first) <= 1e-5f * first; });
  if (!is_one_factor) return basis;
  basis.factors.clear();
  const double whole = std::round(first);
  basis.linear_factor = std::fabs(first - whole) <= 1e-5 * whole ? whole : double{first};
  return basis;
}

}  // namespace nibble::offline
