// Phi 1, 1.5 and 2: both branches read one norm, and the head has a bias.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_phi_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape, {.head_dimension = nullptr});
  shape->names.output = "self_attn.dense";
  shape->names.up = "mlp.fc1";
  shape->names.down = "mlp.fc2";
  shape->names.final_norm = "final_layernorm";
  read_layer_norm(config, "layer_norm_eps", *shape);
  shape->rotary = {
      read_rotary(config, *shape, {.partial = "partial_rotary_factor", .default_partial = 0.5})};
  shape->residual = Residual::ParallelShared;
  shape->qkv_bias = shape->output_bias = shape->ffn_bias = shape->head_bias = true;
  shape->activation = read_activation(config, "hidden_act", "gelu_new");
  shape->is_gated = false;
  config.require("qk_layernorm", false);
  for (const char* const key : {"embd_pdrop", "resid_pdrop"}) config.ignore(key);
  return shape;
}

}  // namespace

Architecture phi_architecture() {
  return {"PhiForCausalLM", "phi", read_phi_config, compile_decoder};
}

}  // namespace nibble::offline
