// Frequencies theta^(-2i/d), stretched for long contexts, as fractions of a turn.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <cmath>
#include <numbers>

#include "offline/architectures/rotary.h"

namespace nibble::offline {
namespace {

constexpr long double kTurn = 2 * std::numbers::pi_v<long double>;

/// Llama 3: long waves are stretched, short ones are not, those between in proportion.
long double scaled_by_llama3(const RotarySettings& rotary, long double frequency) {
  const long double turns = rotary.original_context * frequency / kTurn;
  if (turns < rotary.low_frequency_factor) return frequency / rotary.factor;
  if (turns > rotary.high_frequency_factor) return frequency;
  const long double smooth =
      (turns - rotary.low_frequency_factor) /
      (static_cast<long double>(rotary.high_frequency_factor) - rotary.low_frequency_factor);
  return (1 - smooth) * (frequency / rotary.factor) + smooth * frequency;
}

/// The pair that turns so many times in the original context.
long double pair_of(const RotarySettings& rotary, uint32_t dimensions, double turns) {
  return dimensions * std::log(rotary.original_context / (turns * kTurn)) /
         (2 * std::log(static_cast<long double>(rotary.theta)));
}

/// YaRN: pairs that turn often stay, pairs that hardly turn are stretched, a ramp between.
long double scaled_by_yarn(const RotarySettings& rotary, uint32_t dimensions, uint32_t pair,
                           long double frequency) {
  long double low = pair_of(rotary, dimensions, rotary.fast_turns);
  long double high = pair_of(rotary, dimensions, rotary.slow_turns);
  if (rotary.rounds_ramp) {
    low = std::floor(low);
    high = std::ceil(high);
  }
  low = std::max(low, 0.0L);
  high = std::min(high, static_cast<long double>(dimensions) - 1);
  if (low == high) high += 0.001L;
  const long double ramp = std::clamp((pair - low) / (high - low), 0.0L, 1.0L);
  return frequency / rotary.factor * ramp + frequency * (1 - ramp);
}

long double scaled(const RotarySettings& rotary, uint32_t dimensions, uint32_t pair,
                   long double frequency) {
  switch (rotary.scaling) {
    case RopeScaling::None:
      return frequency;
    case RopeScaling::Linear:
      return frequency / rotary.factor;
    case RopeScaling::Llama3:
      return scaled_by_llama3(rotary, frequency);
    case RopeScaling::Yarn:
      return scaled_by_yarn(rotary, dimensions, pair, frequency);
    case RopeScaling::LongRope:
      return frequency / rotary.pair_factors[pair];
  }
  return frequency;
}

/// Radians per position, as the base alone gives them.
long double unscaled(const RotarySettings& rotary, uint32_t dimensions, uint32_t pair) {
  return std::pow(static_cast<long double>(rotary.theta), -2.0L * pair / dimensions);
}

}  // namespace

long double wave_factor(const RotarySettings& settings, uint32_t dimensions, uint32_t pair) {
  const long double frequency = unscaled(settings, dimensions, pair);
  return frequency / scaled(settings, dimensions, pair, frequency);
}

std::vector<uint64_t> rotary_increments(const RotarySettings& settings, uint32_t head_dim) {
  const uint32_t dimensions = settings.dimensions(head_dim);
  std::vector<uint64_t> increments;
  for (uint32_t pair = 0; pair < dimensions / 2; ++pair) {
    const long double frequency = unscaled(settings, dimensions, pair);
    const long double turns = scaled(settings, dimensions, pair, frequency) / kTurn;
    increments.push_back(static_cast<uint64_t>(std::round(turns * 0x1p64L)));
  }
  return increments;
}

}  // namespace nibble::offline
