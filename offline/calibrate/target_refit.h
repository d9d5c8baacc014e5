// Mismatch correction: a matrix fitted to what it should make of inputs that are off already.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/calibrate/matrix_quantization.h"

namespace nibble::offline {

/// The matrix (1 − share) · W + share · W', W' of least Σ |W'·x̃ − y|² + λ·|W' − W|², which is
/// (Σ y·x̃ᵀ + λ·W)·(Σ x̃·x̃ᵀ + λ·I)⁻¹: x̃ are the inputs that the quantized network makes, y what the
/// published network makes of its own. λ is kDamping of the mean of Σ x̃². GPTAQ (arXiv 2504.02692)
/// has the same target; this is its closed form before rounding.
/// @param targets  [rows, columns], Σ y·x̃ᵀ
/// @param share    0: W itself; 1: W'
/// @returns W itself where the sums have no inverse
FloatMatrix refit_to_targets(const FloatMatrix& weights, const InputStatistics& inputs,
                             const std::vector<double>& targets, double share, unsigned threads);

}  // namespace nibble::offline
