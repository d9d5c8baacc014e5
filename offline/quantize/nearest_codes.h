// What round to nearest and the scale search share: a grid for each group, the nearest code for
// each weight.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>

#include "offline/quantize/quantizer.h"

namespace nibble::offline {

/// Chooses the grid of one group.
/// @param group         its weights
/// @param first_column  of the group, in the matrix
/// @param row           of the whole matrix, for messages
using GridChoice =
    std::function<Grid(std::span<const float> group, uint32_t first_column, uint32_t row)>;

/// A matrix whose groups get the grids that `choose` finds, and F16 matrices the nearest halves.
std::unique_ptr<MatrixQuantizer> nearest_codes(const Scheme& scheme, uint32_t columns,
                                               GridChoice choose);

}  // namespace nibble::offline
