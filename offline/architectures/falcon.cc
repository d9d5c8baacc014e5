// Falcon: branches beside each other, and matrices joined by key/value head.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

DecoderNames falcon_names() {
  DecoderNames names;
  names.prefixes = {"transformer.", ""};
  names.embedding = "word_embeddings";
  names.layer = "h.";
  names.joined = "self_attention.query_key_value";
  names.output = "self_attention.dense";
  names.up = "mlp.dense_h_to_4h";
  names.down = "mlp.dense_4h_to_h";
  names.final_norm = "ln_f";
  return names;
}

/// One norm for both branches, or one for each; and how many heads share a key.
void read_generation(Settings& config, DecoderParameters& shape) {
  const bool is_new = config["new_decoder_architecture"].flag_or(false);
  const bool has_one_key = config["multi_query"].flag_or(true);
  const uint32_t norms = config["num_ln_in_parallel_attn"].count_or(2, is_new ? 2 : 1);
  const bool is_parallel = config["parallel_attn"].flag_or(true);
  if (!is_new && has_one_key) shape.num_key_value_heads = 1;
  if (!is_new && !has_one_key) shape.num_key_value_heads = shape.num_attention_heads;
  if (is_new && norms == 2) {
    shape.residual = Residual::Parallel;
    shape.names.attention_norm = "ln_attn";
    shape.names.ffn_norm = "ln_mlp";
  } else if (is_new || is_parallel) {
    shape.residual = Residual::ParallelShared;
  }
}

std::shared_ptr<const HyperParameters> read_falcon_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape,
              {.inner = "ffn_hidden_size",
               .kv_heads = "num_kv_heads",
               .head_dimension = nullptr,
               .inner_is_optional = true,
               .is_tied = true,
               .default_context = 2048});
  shape->names = falcon_names();
  read_layer_norm(config, "layer_norm_epsilon", *shape);
  shape->rotary = {read_rotary(config, *shape)};
  shape->qkv = QkvLayout::PerGroup;
  read_generation(config, *shape);
  shape->qkv_bias = shape->output_bias = shape->ffn_bias = config["bias"].flag_or(false);
  shape->activation = read_activation(config, "activation", "gelu");
  shape->is_gated = false;
  config.require("alibi", false);
  config.require("apply_residual_connection_post_layernorm", false);
  config.ignore("hidden_dropout");
  return shape;
}

}  // namespace

Architecture falcon_architecture() {
  return {"FalconForCausalLM", "falcon", read_falcon_config, compile_decoder};
}

}  // namespace nibble::offline
