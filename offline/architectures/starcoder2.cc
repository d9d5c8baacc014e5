// StarCoder 2: Llama with layer norms, biases, a plain feed-forward and a window.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_starcoder2_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape, {.is_tied = true});
  shape->names.up = "mlp.c_fc";
  shape->names.down = "mlp.c_proj";
  read_layer_norm(config, "norm_epsilon", *shape);
  shape->rotary = {read_rotary(config, *shape)};
  shape->qkv_bias = shape->output_bias = shape->ffn_bias = config["use_bias"].flag_or(true);
  shape->activation = read_activation(config, "hidden_act", "gelu_pytorch_tanh");
  shape->is_gated = false;
  const uint32_t window = read_window(config);
  shape->layers = windowed_layers(std::vector<bool>(shape->num_hidden_layers, window != 0), window);
  config.require("norm_type", "layer_norm");
  config.require("mlp_type", "default");
  for (const char* const key : {"residual_dropout", "embedding_dropout"}) config.ignore(key);
  return shape;
}

}  // namespace

Architecture starcoder2_architecture() {
  return {"Starcoder2ForCausalLM", "starcoder2", read_starcoder2_config, compile_decoder};
}

}  // namespace nibble::offline
