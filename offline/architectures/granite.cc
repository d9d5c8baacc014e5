// Granite: Llama with four factors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

constexpr double kLeastMultiplier = 1e-6, kMostMultiplier = 1e6;

double read_factor(Settings& config, const char* key) {
  return config[key].number_or(kLeastMultiplier, kMostMultiplier, 1);
}

std::shared_ptr<const HyperParameters> read_granite_config(Settings& config) {
  const auto shape = read_llama_like(config);
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(false);
  shape->ffn_bias = config["mlp_bias"].flag_or(false);
  shape->embedding_scale = static_cast<float>(read_factor(config, "embedding_multiplier"));
  shape->residual_scale = static_cast<float>(read_factor(config, "residual_multiplier"));
  shape->logit_scale = static_cast<float>(1 / read_factor(config, "logits_scaling"));
  shape->attention_scale = read_factor(config, "attention_multiplier");
  return shape;
}

}  // namespace

Architecture granite_architecture() {
  return {"GraniteForCausalLM", "granite", read_granite_config, compile_decoder};
}

}  // namespace nibble::offline
