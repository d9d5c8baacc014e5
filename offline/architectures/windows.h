// Which layers see a window of the last positions, and how files say it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/decoder.h"

namespace nibble::offline {

/// One entry per layer: whether it sees a window. "layer_types" says it where it is there, and is
/// what newer files have; else `otherwise` decides. Throws InputError for other kinds of attention,
/// and for a list that is not as long as there are layers.
std::vector<bool> read_windowed_layers(Settings& config, const HyperParameters& shape,
                                       const std::function<bool(uint32_t)>& otherwise);

/// Whether a layer is the last of every `period` layers: files say so of layers that see everything
/// among windows, or do not turn by position. A period of 0 has no such layer.
constexpr bool ends_period(uint32_t layer, uint32_t period) {
  return period != 0 && layer % period + 1 == period;
}

/// The positions that a window has, the row's own included: "sliding_window"; 0 where it is null.
uint32_t read_window(Settings& config);

/// Qwen's way: nothing slides unless use_sliding_window, and then layers from max_window_layers on.
void read_qwen_windows(Settings& config, DecoderParameters& shape);

/// Layers with that window, as far as `windowed` has them; the others see all.
std::vector<DecoderLayer> windowed_layers(const std::vector<bool>& windowed, uint32_t window);

}  // namespace nibble::offline
