// Frequencies theta^(-2i/d), stretched the linear or the Llama 3 way, as fractions of a turn.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/rotary.h"

#include <cmath>
#include <numbers>

namespace nibble::offline {
namespace {

/// Radians a position, after the scaling that stretches long wave lengths.
long double scaled(const HyperParameters& shape, long double frequency) {
  const long double stretched = frequency / shape.rope_factor;
  if (shape.rope_scaling == RopeScaling::None) return frequency;
  if (shape.rope_scaling == RopeScaling::Linear) return stretched;
  const long double turns_in_context =
      shape.rope_original_context * frequency / (2 * std::numbers::pi_v<long double>);
  if (turns_in_context < shape.rope_low_frequency_factor) return stretched;
  if (turns_in_context > shape.rope_high_frequency_factor) return frequency;
  const long double smooth = (turns_in_context - shape.rope_low_frequency_factor) /
                             (static_cast<long double>(shape.rope_high_frequency_factor) -
                              shape.rope_low_frequency_factor);
  return (1 - smooth) * stretched + smooth * frequency;
}

}  // namespace

std::vector<uint64_t> rotary_increments(const HyperParameters& shape) {
  std::vector<uint64_t> increments;
  for (uint32_t i = 0; i < shape.head_dim / 2; ++i) {
    const long double exponent = -2.0L * i / shape.head_dim;
    const long double frequency = std::pow(static_cast<long double>(shape.rope_theta), exponent);
    const long double turns = scaled(shape, frequency) / (2 * std::numbers::pi_v<long double>);
    increments.push_back(static_cast<uint64_t>(std::round(turns * 0x1p64L)));
  }
  return increments;
}

}  // namespace nibble::offline
