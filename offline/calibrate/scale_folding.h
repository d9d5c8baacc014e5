// AWQ: columns whose inputs are large are made larger before they are rounded, and what makes those
// inputs smaller.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/architectures/network.h"
#include "offline/quantize/input_statistics.h"

namespace nibble::offline {

/// The factors of an edge for fold_scales(): tᵢ = mᵢ^α, m the root mean square of the activation's
/// elements, divided by √(max t · min t), of the α among 0, 1/16 … 15/16 with the least
/// Σ |(Q(W·diag t)·diag t⁻¹ − W)·x|² over the edge's consumers, Q the weighted scale search (AWQ,
/// arXiv 2306.00978, section 3.2; its authors search α the same way, and cut the range off, which
/// the scale search includes). At most kRowsTried rows of a matrix are tried, spread evenly.
/// @param statistics  of the activation, with a Hessian
std::vector<float> choose_factors(const Network& network, const ScaleEdge& edge,
                                  const InputStatistics& statistics, unsigned threads);

inline constexpr uint32_t kRowsTried = 96;

}  // namespace nibble::offline
