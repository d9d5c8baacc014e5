// The search for the scale, and the zero point, of one group of weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// The grid of least Σ importance·(weight − value of its nearest code)² among: that of fit_grid(),
/// and scales from many starting points of both signs, each improved by least squares for the codes
/// it rounds to, s = Σ h·w·q / Σ h·q², and compared by (Σ h·w·q)² / Σ h·q² (as llama.cpp quantizes
/// with an importance matrix). Of the winner, the neighboring IEEE halves are tried as well.
/// @param importance  h ≥ 0 of each weight; may be longer than the group
/// @param row         of the whole matrix, for the message
/// Throws std::overflow_error, as fit_grid() does.
Grid search_grid(format::TensorType type, std::span<const float> group,
                 std::span<const float> importance, uint32_t row);

/// The grid with another stored scale; nothing where the scale is 0 or no finite half.
std::optional<Grid> with_scale(const Grid& grid, uint16_t stored_scale);

}  // namespace nibble::offline
