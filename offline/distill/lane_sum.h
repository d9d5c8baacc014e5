// Sums in an order that is fixed and still vectorizes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>

namespace nibble::offline {

/// Σ term(i) over [0, count): term i goes to lane i mod 16, then lanes are added in pairs.
template <class Real, class Term>
Real lane_sum(uint32_t count, const Term& term) {
  constexpr uint32_t kLanes = 16;
  Real lanes[kLanes] = {};
  uint32_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    for (uint32_t lane = 0; lane < kLanes; ++lane) lanes[lane] += term(i + lane);
  }
  for (uint32_t lane = 0; i < count; ++lane, ++i) lanes[lane] += term(i);
  for (uint32_t half = kLanes / 2; half > 0; half /= 2) {
    for (uint32_t lane = 0; lane < half; ++lane) lanes[lane] += lanes[lane + half];
  }
  return lanes[0];
}

}  // namespace nibble::offline
