// Reads how a head's dimensions turn with the position; rotary_increments.cc computes it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/rotary.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

constexpr double kLeastTheta = 1, kMostTheta = 1e12;
constexpr double kLeastFrequencyFactor = 1e-3, kMostFactor = 1e6;
constexpr double kLeastMagnitude = 1e-3, kMostMagnitude = 1e3;

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

/// The context before it was stretched: what is there already is what an absent setting means.
void read_original_context(Settings& scaling, RotarySettings& rotary) {
  const JsonValue given = scaling["original_max_position_embeddings"];
  rotary.original_context = given.count_or(format::kMaxContextTokens, rotary.original_context);
  if (rotary.original_context < 2) given.refuse("must be 2 or more");
}

/// YaRN (Peng et al. 2023, arXiv 2309.00071, section 3.2); the magnitude is their equation 22.
void read_yarn(Settings& scaling, RotarySettings& rotary) {
  read_original_context(scaling, rotary);
  if (rotary.theta <= 1) scaling["rope_type"].refuse("\"yarn\" needs a rope_theta above 1");
  const JsonValue fast = scaling["beta_fast"];
  rotary.fast_turns = fast.number_or(kLeastFrequencyFactor, kMostFactor, 32);
  rotary.slow_turns = scaling["beta_slow"].number_or(kLeastFrequencyFactor, kMostFactor, 1);
  if (rotary.fast_turns <= rotary.slow_turns) fast.refuse("must be larger than beta_slow");
  rotary.rounds_ramp = scaling["truncate"].flag_or(true);
  rotary.magnitude = scaling["attention_factor"].number_or(kLeastMagnitude, kMostMagnitude,
                                                           yarn_magnitude(rotary.factor));
}

/// LongRoPE (Ding et al. 2024, arXiv 2402.13753): a factor per pair, found by a search.
void read_longrope(Settings& scaling, const HyperParameters& shape, RotarySettings& rotary) {
  const uint32_t context = shape.max_position_embeddings;
  read_original_context(scaling, rotary);
  const bool is_long = context > rotary.original_context;
  const JsonValue all[] = {scaling["short_factor"], scaling["long_factor"]};
  const JsonValue& factors = all[is_long ? 1 : 0];
  const uint32_t pairs = rotary.dimensions(shape.head_dim) / 2;
  if (factors.array_size() != pairs) {
    factors.refuse("has " + std::to_string(factors.array_size()) + " numbers, must have " +
                   std::to_string(pairs) + ", one for each pair that turns");
  }
  for (size_t i = 0; i < pairs; ++i) {
    rotary.pair_factors.push_back(factors[i].number(kLeastFrequencyFactor, kMostFactor));
  }
  const double stretch =
      scaling["factor"].number_or(1, kMostFactor, 1.0 * context / rotary.original_context);
  rotary.magnitude = scaling["attention_factor"].number_or(
      kLeastMagnitude, kMostMagnitude, longrope_magnitude(stretch, rotary.original_context));
}

/// Older files say "type", newer ones "rope_type"; a file with both must mean one thing.
JsonValue scaling_type(Settings& scaling) {
  const JsonValue older = scaling["type"], newer = scaling["rope_type"];
  if (older.exists() && newer.exists() && older.json() != newer.json()) {
    older.refuse("differs from rope_type; keep one of them");
  }
  return newer.exists() ? newer : older;
}

void read_scaling(Settings& scaling, const HyperParameters& shape, RotarySettings& rotary) {
  const JsonValue type_value = scaling_type(scaling);
  const std::string& type = type_value.text();
  if (type == "linear") {
    rotary.scaling = RopeScaling::Linear;
  } else if (type == "llama3") {
    rotary.scaling = RopeScaling::Llama3;
    read_llama3(scaling, rotary);
  } else if (type == "yarn") {
    rotary.scaling = RopeScaling::Yarn;
  } else if (type == "longrope" || type == "su") {
    rotary.scaling = RopeScaling::LongRope;
    read_longrope(scaling, shape, rotary);
  } else if (type != "default") {
    type_value.refuse("\"" + type + "\" is not supported; linear, llama3, yarn and longrope are");
  }
  const bool is_stretched =
      rotary.scaling != RopeScaling::None && rotary.scaling != RopeScaling::LongRope;
  if (is_stretched) rotary.factor = scaling["factor"].number(1, kMostFactor);
  if (rotary.scaling == RopeScaling::Yarn) read_yarn(scaling, rotary);
  scaling.refuse_others("is not a setting of \"" + type + "\" scaling that is supported");
}

}  // namespace

double yarn_magnitude(double factor) {
  return 0.1 * std::log(factor) + 1;
}

double longrope_magnitude(double stretch, double original_context) {
  return stretch <= 1 ? 1 : std::sqrt(1 + std::log(stretch) / std::log(original_context));
}

RotarySettings read_rotary_parameters(const JsonValue& joined, const HyperParameters& shape,
                                      RotarySettings otherwise) {
  if (!joined.exists()) return otherwise;
  RotarySettings rotary = std::move(otherwise);
  Settings scaling(joined);
  rotary.theta = scaling["rope_theta"].number_or(kLeastTheta, kMostTheta, rotary.theta);
  rotary.partial = scaling["partial_rotary_factor"].number_or(0, 1, rotary.partial);
  read_scaling(scaling, shape, rotary);
  return rotary;
}

RotarySettings read_rotary(Settings& config, const HyperParameters& shape,
                           const RotaryNames& names) {
  const JsonValue theta = config[names.theta];
  const JsonValue older = config["rope_scaling"], newer = config["rope_parameters"];
  if (older.exists() && newer.exists()) {
    older.refuse("is given beside rope_parameters; keep one of them");
  }
  RotarySettings rotary;
  rotary.original_context =
      names.original_context != 0 ? names.original_context : shape.max_position_embeddings;
  rotary.theta = theta.number_or(kLeastTheta, kMostTheta, names.default_theta);
  rotary.partial = names.default_partial;
  if (names.partial != nullptr) {
    rotary.partial = config[names.partial].number_or(0, 1, rotary.partial);
  }
  const JsonValue joined = newer.exists() && !names.ignores_parameters ? newer : older;
  const double outer_theta = rotary.theta;
  rotary = read_rotary_parameters(joined, shape, std::move(rotary));
  if (theta.exists() && rotary.theta != outer_theta) {
    joined["rope_theta"].refuse("differs from the " + std::string(names.theta) +
                                " above it; keep one of them");
  }
  const uint32_t turning = rotary.dimensions(shape.head_dim);
  if (turning < 2 || turning % 2 != 0) {
    config[names.partial != nullptr ? names.partial : names.theta].refuse(
        "makes " + std::to_string(turning) + " of a head's " + std::to_string(shape.head_dim) +
        " elements turn; an even number from 2 up is supported");
  }
  return rotary;
}

}  // namespace nibble::offline
