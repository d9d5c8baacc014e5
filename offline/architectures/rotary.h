// Rotary position embedding: its settings, and the increments of phase the runtime wants.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/architectures/settings.h"

namespace nibble::offline {

enum class RopeScaling { None, Linear, Llama3 };

/// The names are config.json's, without "rope_".
struct RotarySettings {
  double theta = 10000;
  RopeScaling scaling = RopeScaling::None;
  double factor = 1, low_frequency_factor = 1, high_frequency_factor = 4;
  uint32_t original_context = 0;  ///< tokens; of Llama3 scaling
};

/// Reads rope_theta and rope_scaling, or the rope_parameters in which newer files join them.
/// Throws InputError for values out of range, and for every scaling but linear and llama3.
RotarySettings read_rotary(Settings& config);

/// For each of head_dim / 2 pairs of elements the phase that one position adds, scaling included,
/// in units of 2^-64 turns.
std::vector<uint64_t> rotary_increments(const RotarySettings& settings, uint32_t head_dim);

}  // namespace nibble::offline
