// Rotary position embedding: its settings, and the increments of phase the runtime wants.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/architectures/settings.h"

namespace nibble::offline {

enum class RopeScaling { None, Linear, Llama3, Yarn, LongRope };

/// The names are config.json's, without "rope_".
struct RotarySettings {
  double theta = 10000;
  RopeScaling scaling = RopeScaling::None;
  double factor = 1, low_frequency_factor = 1, high_frequency_factor = 4;
  uint32_t original_context = 0;           ///< tokens; of Llama3, Yarn and LongRope scaling
  double fast_turns = 32, slow_turns = 1;  ///< of Yarn: beta_fast, beta_slow
  bool rounds_ramp = true;                 ///< of Yarn: its ramp begins and ends at whole pairs
  std::vector<double> pair_factors;        ///< of LongRope, per pair
  double magnitude = 1;                    ///< of sines and cosines
  double partial = 1;                      ///< the part of a head that turns

  /// How many of a head's dimensions turn: the first ones.
  uint32_t dimensions(uint32_t head_dim) const { return static_cast<uint32_t>(head_dim * partial); }
};

/// Where a family's file says what of a head turns, and how fast.
struct RotaryNames {
  const char* theta = "rope_theta";
  const char* partial = nullptr;  ///< "partial_rotary_factor"; null: all of it
  double default_theta = 10000, default_partial = 1;
  uint32_t original_context = 0;    ///< where scaling does not say it; 0 = the model's context
  bool ignores_parameters = false;  ///< The family reads rope_parameters itself.
};

/// Reads rope_theta and rope_scaling, or the rope_parameters in which newer files join them.
/// A context that is longer than the original one takes LongRope's long factors, else its short
/// ones. Throws InputError for values out of range, and for scalings that are not supported.
/// @pre the shape's sizes were read
RotarySettings read_rotary(Settings& config, const HyperParameters& shape,
                           const RotaryNames& names = {});
/// The settings of `joined`, which is a rope_parameters or rope_scaling, or absent.
RotarySettings read_rotary_parameters(const JsonValue& joined, const HyperParameters& shape,
                                      RotarySettings otherwise);

/// What sines and cosines are multiplied by where YaRN's settings do not say it.
double yarn_magnitude(double factor);
/// The same of LongRoPE. @param stretch  the context by the original one
double longrope_magnitude(double stretch, double original_context);

/// How many times longer scaling makes the wave of a pair. @pre pair < dimensions / 2
long double wave_factor(const RotarySettings& settings, uint32_t dimensions, uint32_t pair);

/// For each pair of elements that turns, the phase that one position adds, scaling included, in
/// units of 2^-64 turns.
std::vector<uint64_t> rotary_increments(const RotarySettings& settings, uint32_t head_dim);

}  // namespace nibble::offline
