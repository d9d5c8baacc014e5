// Frequencies theta^(-2i/d), stretched the linear or the Llama 3 way, as fractions of a turn.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/rotary.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

constexpr double kLeastTheta = 1, kMostTheta = 1e12;
constexpr double kLeastFrequencyFactor = 1e-3, kMostFactor = 1e6;

void read_llama3(Settings& scaling, RotarySettings& rotary) {
  const JsonValue high = scaling["high_freq_factor"];
  rotary.low_frequency_factor =
      scaling["low_freq_factor"].number(kLeastFrequencyFactor, kMostFactor);
  rotary.high_frequency_factor = high.number(kLeastFrequencyFactor, kMostFactor);
  rotary.original_context =
      scaling["original_max_position_embeddings"].count(format::kMaxContextTokens);
  if (rotary.high_frequency_factor <= rotary.low_frequency_factor) {
    high.refuse("must be larger than low_freq_factor");
  }
}

/// Older files say "type", newer ones "rope_type"; a file with both must mean one thing.
JsonValue scaling_type(Settings& scaling) {
  const JsonValue older = scaling["type"], newer = scaling["rope_type"];
  if (older.exists() && newer.exists() && older.json() != newer.json()) {
    older.refuse("differs from rope_type; keep one of them");
  }
  return newer.exists() ? newer : older;
}

void read_scaling(Settings& scaling, RotarySettings& rotary) {
  const JsonValue type_value = scaling_type(scaling);
  const std::string& type = type_value.text();
  if (type == "linear") {
    rotary.scaling = RopeScaling::Linear;
  } else if (type == "llama3") {
    rotary.scaling = RopeScaling::Llama3;
    read_llama3(scaling, rotary);
  } else if (type != "default") {
    type_value.refuse("\"" + type + "\" is not supported; linear and llama3 are");
  }
  if (rotary.scaling != RopeScaling::None) rotary.factor = scaling["factor"].number(1, kMostFactor);
  scaling.ignore("rope_theta");
  scaling.refuse_others("is not a setting of \"" + type + "\" scaling that is supported");
}

/// Radians per position, after the scaling that stretches long wave lengths.
long double scaled(const RotarySettings& rotary, long double frequency) {
  const long double stretched = frequency / rotary.factor;
  if (rotary.scaling == RopeScaling::None) return frequency;
  if (rotary.scaling == RopeScaling::Linear) return stretched;
  const long double turns_in_context =
      rotary.original_context * frequency / (2 * std::numbers::pi_v<long double>);
  if (turns_in_context < rotary.low_frequency_factor) return stretched;
  if (turns_in_context > rotary.high_frequency_factor) return frequency;
  const long double smooth =
      (turns_in_context - rotary.low_frequency_factor) /
      (static_cast<long double>(rotary.high_frequency_factor) - rotary.low_frequency_factor);
  return (1 - smooth) * stretched + smooth * frequency;
}

}  // namespace

RotarySettings read_rotary(Settings& config) {
  RotarySettings rotary;
  const JsonValue theta = config["rope_theta"];
  const JsonValue older = config["rope_scaling"], newer = config["rope_parameters"];
  if (older.exists() && newer.exists()) {
    older.refuse("is given beside rope_parameters; keep one of them");
  }
  rotary.theta = theta.number_or(kLeastTheta, kMostTheta, rotary.theta);
  const JsonValue joined = newer.exists() ? newer : older;
  if (!joined.exists()) return rotary;
  Settings scaling(joined);
  read_scaling(scaling, rotary);
  const JsonValue inner = joined["rope_theta"];
  const double inner_theta = inner.number_or(kLeastTheta, kMostTheta, rotary.theta);
  if (theta.exists() && inner_theta != rotary.theta) {
    inner.refuse("differs from the rope_theta above it; keep one of them");
  }
  rotary.theta = inner_theta;
  return rotary;
}

std::vector<uint64_t> rotary_increments(const RotarySettings& settings, uint32_t head_dim) {
  std::vector<uint64_t> increments;
  for (uint32_t i = 0; i < head_dim / 2; ++i) {
    const long double exponent = -2.0L * i / head_dim;
    const long double frequency = std::pow(static_cast<long double>(settings.theta), exponent);
    const long double turns = scaled(settings, frequency) / (2 * std::numbers::pi_v<long double>);
    increments.push_back(static_cast<uint64_t>(std::round(turns * 0x1p64L)));
  }
  return increments;
}

}  // namespace nibble::offline
