// OPT: learned positions that begin at 2, ReLU, and norms behind the sums in one size.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

DecoderNames opt_names() {
  DecoderNames names;
  names.prefixes = {"model.decoder.", "decoder."};
  names.positions = "embed_positions";
  names.attention_norm = "self_attn_layer_norm";
  names.ffn_norm = "final_layer_norm";
  names.output = "self_attn.out_proj";
  names.up = "fc1";
  names.down = "fc2";
  names.final_norm = "final_layer_norm";
  names.project_in = "project_in";
  names.project_out = "project_out";
  return names;
}

void read_norms(Settings& config, DecoderParameters& shape) {
  shape.norm = Norm::Layer;
  shape.norm_has_bias = true;
  shape.norm_epsilon = 1e-5f;  // not a setting
  config.require("layer_norm_elementwise_affine", true);
  if (config["do_layer_norm_before"].flag_or(true)) {
    shape.has_final_norm = !config["_remove_final_layer_norm"].flag_or(false);
  } else {
    config.ignore("_remove_final_layer_norm");
    shape.norm_place = NormPlace::Sum;
    shape.has_final_norm = false;
  }
}

std::shared_ptr<const HyperParameters> read_opt_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(
      config, *shape,
      {.inner = "ffn_dim", .kv_heads = nullptr, .head_dimension = nullptr, .is_tied = true});
  shape->names = opt_names();
  shape->skipped_positions = 2;
  read_norms(config, *shape);
  const uint32_t embedded =
      config["word_embed_proj_dim"].count_or(format::kMaxColumns, shape->hidden_size);
  if (embedded != shape->hidden_size) shape->embedding_width = embedded;
  shape->qkv_bias = shape->output_bias = shape->ffn_bias = config["enable_bias"].flag_or(true);
  shape->activation = read_activation(config, "activation_function", "relu");
  shape->is_gated = false;
  shape->rotary.clear();
  for (const char* const key :
       {"dropout", "activation_dropout", "layerdrop", "init_std", "prefix"}) {
    config.ignore(key);
  }
  return shape;
}

}  // namespace

Architecture opt_architecture() {
  return {"OPTForCausalLM", "opt", read_opt_config, compile_decoder};
}

}  // namespace nibble::offline
