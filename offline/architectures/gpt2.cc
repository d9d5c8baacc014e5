// GPT-2 and its distillations: learned positions, layer norms, joined and transposed matrices.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/decoder.h"
#include "offline/architectures/registry.h"

namespace nibble::offline {
namespace {

DecoderNames gpt2_names() {
  DecoderNames names;
  names.prefixes = {"transformer.", ""};
  names.embedding = "wte";
  names.positions = "wpe";
  names.layer = "h.";
  names.attention_norm = "ln_1";
  names.ffn_norm = "ln_2";
  names.joined = "attn.c_attn";
  names.output = "attn.c_proj";
  names.up = "mlp.c_fc";
  names.down = "mlp.c_proj";
  names.final_norm = "ln_f";
  names.ignored = {".attn.bias", ".attn.masked_bias"};  // the causal mask
  return names;
}

std::shared_ptr<const HyperParameters> read_gpt2_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape,
              {.width = "n_embd",
               .inner = "n_inner",
               .layers = "n_layer",
               .heads = "n_head",
               .kv_heads = nullptr,
               .head_dimension = nullptr,
               .context = "n_positions",
               .inner_is_optional = true,
               .is_tied = true});
  shape->names = gpt2_names();
  read_layer_norm(config, "layer_norm_epsilon", *shape);
  shape->qkv = QkvLayout::Joined;
  shape->is_transposed = true;
  shape->qkv_bias = shape->output_bias = shape->ffn_bias = true;
  shape->activation = read_activation(config, "activation_function", "gelu_new");
  shape->is_gated = false;
  shape->rotary.clear();
  config.require("scale_attn_weights", true);
  config.require("n_ctx", shape->max_position_embeddings);
  for (const char* const key : {"scale_attn_by_inverse_layer_idx", "add_cross_attention"}) {
    config.require(key, false);
  }
  for (const char* const key :
       {"attn_pdrop", "embd_pdrop", "resid_pdrop", "summary_activation", "summary_first_dropout",
        "summary_proj_to_labels", "summary_type", "summary_use_proj", "reorder_and_upcast_attn"}) {
    config.ignore(key);  // of training, of other heads, or of the order of rounding
  }
  return shape;
}

}  // namespace

Architecture gpt2_architecture() {
  return {"GPT2LMHeadModel", "gpt2", read_gpt2_config, compile_decoder};
}

}  // namespace nibble::offline
