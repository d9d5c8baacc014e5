// Llama as a decoder: its settings; its tensors' names are the default.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"

#include <nlohmann/json.hpp>

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_llama_config(Settings& config) {
  const auto shape = read_llama_like(config);
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(false);
  shape->ffn_bias = config["mlp_bias"].flag_or(false);
  for (const char* const key : {"pretraining_tp", "partial_rotary_factor", "embedding_multiplier",
                                "residual_multiplier", "logits_scaling"}) {
    config.require(key, 1);
  }
  for (const char* const key : {"rope_interleaved", "use_sliding_window", "is_encoder_decoder",
                                "is_decoder", "add_cross_attention", "tie_encoder_decoder"}) {
    config.require(key, false);
  }
  config.ignore("is_llama_config");
  return shape;
}

}  // namespace

std::shared_ptr<DecoderParameters> read_llama_like(Settings& config, const CommonSettings& names,
                                                   const RotaryNames& rotary) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape, names);
  shape->norm_epsilon = static_cast<float>(config["rms_norm_eps"].number(1e-12, 1e-1));
  shape->rotary = {read_rotary(config, *shape, rotary)};
  config.require("hidden_act", "silu");
  return shape;
}

Architecture llama_architecture() {
  return {"LlamaForCausalLM", "llama", read_llama_config, compile_decoder};
}

}  // namespace nibble::offline
