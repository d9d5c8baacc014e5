// Says scaling as Hugging Face does: by a formula where factors are its results, else by a list.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_rotary.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "offline/architectures/rotary.h"
#include "offline/files/input_error.h"
#include "offline/formats/gguf/block_weights.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

constexpr double kMostFactor = 1e6;
constexpr double kDefaultTheta = 10000;

/// Throws InputError for more than any head has.
std::vector<float> factors_in(const GgufFile& file, const GgufTensor& tensor) {
  if (tensor.rows != 1 || tensor.columns > format::kMaxHeadDimension) {
    throw InputError("tensor " + tensor.name, "is no list of factors, one for each rotary pair");
  }
  std::vector<float> factors(tensor.columns);
  map_blocks(tensor, file.mapping)->read_rows(0, factors);
  return factors;
}

/// Llama 3's scaling with its publishers' constants.
RotarySettings llama3_scaling(double factor, double theta) {
  RotarySettings rotary;
  rotary.theta = theta;
  rotary.scaling = RopeScaling::Llama3;
  rotary.factor = factor;
  rotary.low_frequency_factor = 1;
  rotary.high_frequency_factor = 4;
  rotary.original_context = 8192;
  return rotary;
}

/// Whether the factors are what Llama 3's rule makes of the last, and largest, of them.
bool are_llama3(const std::vector<float>& factors, double theta) {
  const RotarySettings rotary = llama3_scaling(factors.back(), theta);
  const auto pairs = static_cast<uint32_t>(factors.size());
  for (uint32_t i = 0; i < pairs; ++i) {
    const auto expected = static_cast<double>(wave_factor(rotary, 2 * pairs, i));
    if (!(std::fabs(factors[i] - expected) <= 1e-4 * expected)) return false;
  }
  return true;
}

/// Factors of every wave, whatever made them.
Json listed_scaling(const std::vector<float>& factors, uint64_t context, double magnitude) {
  return {{"rope_type", "longrope"},
          {"short_factor", factors},
          {"long_factor", factors},
          {"original_max_position_embeddings", context},
          {"attention_factor", magnitude}};
}

/// GGUF has a tensor of factors where config.json says how they are computed.
Json scaling_of_factors(const std::vector<float>& factors, double theta, uint64_t context,
                        double magnitude) {
  if (magnitude != 1 || !are_llama3(factors, theta)) {
    return listed_scaling(factors, context, magnitude);
  }
  const RotarySettings rotary = llama3_scaling(factors.back(), theta);
  return {{"rope_type", "llama3"},
          {"factor", rotary.factor},
          {"low_freq_factor", rotary.low_frequency_factor},
          {"high_freq_factor", rotary.high_frequency_factor},
          {"original_max_position_embeddings", uint64_t{rotary.original_context}}};
}

/// Two lists, one for texts that are longer than the original context.
Json longrope(const GgufFile& file, uint64_t context, uint64_t original, double magnitude) {
  Json scaling = {{"rope_type", "longrope"}, {"original_max_position_embeddings", original}};
  const GgufTensor* const longer = file.find_tensor(kLongFactors);
  const GgufTensor* const shorter = file.find_tensor(kShortFactors);
  if (longer != nullptr) scaling["long_factor"] = factors_in(file, *longer);
  if (shorter != nullptr) scaling["short_factor"] = factors_in(file, *shorter);
  // A single has lost bits of what the formula gives: where it is that, the formula gives them.
  const bool is_computed =
      original > 1 && static_cast<float>(longrope_magnitude(
                          static_cast<double>(context) / static_cast<double>(original),
                          static_cast<double>(original))) == static_cast<float>(magnitude);
  if (!is_computed) scaling["attention_factor"] = magnitude;
  return scaling;
}

/// llama.cpp multiplies the published magnitude by its own factor.
Json yarn(FamilyKeys& keys, double factor, uint64_t original, double magnitude) {
  Json scaling = {
      {"rope_type", "yarn"}, {"factor", factor}, {"original_max_position_embeddings", original}};
  for (const NamePair& name : {NamePair{"rope.scaling.yarn_beta_fast", "beta_fast"},
                               NamePair{"rope.scaling.yarn_beta_slow", "beta_slow"}}) {
    const JsonValue value = keys.take(name.gguf);
    if (value.exists()) scaling[std::string(name.huggingface)] = value.json();
  }
  if (magnitude != 1) scaling["attention_factor"] = magnitude * yarn_magnitude(factor);
  for (const std::string_view key :
       {"rope.scaling.yarn_ext_factor", "rope.scaling.yarn_attn_factor"}) {
    const JsonValue value = keys.take(key);
    if (value.exists() && value.number(-1, kMostFactor) != 1) value.refuse_as_unsupported();
  }
  return scaling;
}

class RotaryKeys {
 public:
  RotaryKeys(FamilyKeys& keys, Json& config)
      : keys_(keys), config_(config), type_(keys.take("rope.scaling.type")) {
    context_ = count_in(config, "max_position_embeddings");
    original_ = keys.take("rope.scaling.original_context_length")
                    .count_or(format::kMaxContextTokens, static_cast<uint32_t>(context_));
    magnitude_ = keys.take("rope.scaling.attn_factor").number_or(1e-3, 1e3, 1);
  }

  void add() {
    const double theta = keys_.take("rope.freq_base").number_or(1, 1e12, kDefaultTheta);
    config_[std::string(keys_.family().theta)] = theta;
    const JsonValue factor = keys_.take("rope.scaling.factor");
    const Json scaling = scaling_of(theta, factor);
    if (!scaling.is_null()) config_["rope_scaling"] = scaling;
  }

 private:
  Json scaling_of(double theta, const JsonValue& factor) {
    const GgufTensor* const factors = keys_.file().find_tensor(kWaveFactors);
    if (factors != nullptr) {
      return scaling_of_factors(factors_in(keys_.file(), *factors), theta, context_, magnitude_);
    }
    const std::string type = type_.exists() ? type_.text() : "none";
    if (type == "longrope" || keys_.file().find_tensor(kLongFactors) != nullptr) {
      return longrope(keys_.file(), context_, original_, magnitude_);
    }
    if (type == "yarn") return yarn(keys_, factor.number(1, kMostFactor), original_, magnitude_);
    if (magnitude_ != 1) keys_.take("rope.scaling.attn_factor").refuse_as_unsupported();
    if (type == "linear") return {{"rope_type", "linear"}, {"factor", factor.json()}};
    if (type != "none") {
      type_.refuse("is " + type_.quoted() + "; linear, yarn and longrope are supported");
    }
    return nullptr;
  }

  FamilyKeys& keys_;
  Json& config_;
  JsonValue type_;
  uint64_t context_ = 0;
  uint32_t original_ = 0;
  double magnitude_ = 1;
};

/// The part of a head that turns: half a dimension more, so that no rounding loses one.
void add_part(FamilyKeys& keys, Json& config) {
  const JsonValue turning = keys.take("rope.dimension_count");
  if (!turning.exists()) return;
  const uint64_t heads = count_in(config, "num_attention_heads");
  const uint64_t width = heads == 0 ? 0 : count_in(config, "hidden_size") / heads;
  const uint64_t head = config.contains("head_dim") ? count_in(config, "head_dim") : width;
  const uint32_t count = turning.count(format::kMaxColumns);
  if (count == head || head == 0) return;
  if (keys.family().partial.empty() || count > head) {
    turning.refuse("makes " + std::to_string(count) + " of a head's " + std::to_string(head) +
                   " elements turn, which is not supported");
  }
  config[std::string(keys.family().partial)] = (count + 0.5) / static_cast<double>(head);
}

}  // namespace

void add_rotary_settings(FamilyKeys& keys, Json& config) {
  const JsonValue finetuned = keys.take("rope.scaling.finetuned");
  // Granite says so that nothing turns.
  if (keys.family().name == "granite" && !finetuned.flag_or(true))
    finetuned.refuse_as_unsupported();
  if (keys.family().theta.empty()) {
    keys.take("rope.dimension_count");
    return;
  }
  if (!keys.family().partial.empty()) config[std::string(keys.family().partial)] = 1.0;
  add_part(keys, config);
  RotaryKeys(keys, config).add();
}

}  // namespace nibble::offline
