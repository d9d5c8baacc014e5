// StableLM 2 and StableLM 3B: Llama with layer norms, a part of whose heads turns.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_stablelm_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape);
  read_layer_norm(config, "layer_norm_eps", *shape);
  shape->rotary = {
      read_rotary(config, *shape, {.partial = "partial_rotary_factor", .default_partial = 0.25})};
  shape->qkv_bias = config["use_qkv_bias"].flag_or(false);
  shape->activation = read_activation(config, "hidden_act", "silu");
  if (config["use_parallel_residual"].flag_or(false)) shape->residual = Residual::ParallelShared;
  config.require("qk_layernorm", false);
  config.ignore("hidden_dropout");
  return shape;
}

}  // namespace

Architecture stablelm_architecture() {
  return {"StableLmForCausalLM", "stablelm", read_stablelm_config, compile_decoder};
}

}  // namespace nibble::offline
