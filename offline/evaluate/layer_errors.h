// How far each block's output is from a reference model's: where a quantized model goes wrong.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "offline/evaluate/windows.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// Of the rows [positions, width] that the last op of a layer wrote, x̂ against the reference's x.
struct LayerError {
  uint16_t layer = 0;
  double mean_cosine = 0;     ///< mean of x̂·x / (|x̂||x|) over positions
  double relative_error = 0;  ///< √(Σ|x̂ − x|² / Σ|x|²) over all positions
};

/// Both models read each window in one pass, so that a window has at most kMaxBatchTokens.
/// Each is as far as its own errors in the layers before have brought it.
/// @param config  its context, batch and logit rows do not matter
/// @returns one row per layer
/// Throws InputError when the models differ in layers or width.
std::vector<LayerError> layer_errors(const LoadedModel& reference, const LoadedModel& other,
                                     const SessionConfig& config, std::span<const Token> text,
                                     const ScoreProtocol& protocol,
                                     const std::function<void(double done)>& progress);

}  // namespace nibble::offline
