// Rotary positions, found again from the increments of phase that a program has.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nibble::offline {

struct RotaryBasis {
  double theta = 10000;
  double linear_factor = 1;    ///< by which every wave is lengthened
  std::vector<float> factors;  ///< [pairs], of each wave where they differ; else empty
};

/// @param increments  of phase per position, in 2^-64 turns; at least one
RotaryBasis rotary_basis(std::span<const uint64_t> increments);

}  // namespace nibble::offline
