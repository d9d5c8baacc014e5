// Improves one quantized row: codes and scales are changed one by one while its output error falls.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>

#include "offline/quantize/quantized_row.h"

namespace nibble::offline {

/// Coordinate descent on e·H·eᵀ, e the row's errors: every code moves to the best one for the
/// errors of all others (as QuantEase does, arXiv 2309.01885, section 3), and every scale to the
/// IEEE half next to its least squares. Nothing changes that would not lower the error, so the
/// result is at least as good as the start. Takes about columns² multiplications for each of at
/// most kDescentPasses passes.
/// @param hessian  [columns, columns], symmetric
/// @param group    columns per grid
void descend(QuantizedRow& row, std::span<const double> hessian, uint32_t group);

inline constexpr int kDescentPasses = 4;

}  // namespace nibble::offline
