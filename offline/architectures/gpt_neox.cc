// GPT-NeoX and Pythia: two branches beside each other, rows of each head joined.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/activation.h"
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

DecoderNames neox_names() {
  DecoderNames names;
  names.prefixes = {"gpt_neox.", ""};
  names.embedding = "embed_in";
  names.joined = "attention.query_key_value";
  names.output = "attention.dense";
  names.up = "mlp.dense_h_to_4h";
  names.down = "mlp.dense_4h_to_h";
  names.final_norm = "final_layer_norm";
  names.head = "embed_out";
  names.ignored = {".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq"};
  return names;
}

std::shared_ptr<const HyperParameters> read_gpt_neox_config(Settings& config) {
  const auto shape = std::make_shared<DecoderParameters>();
  read_common(config, *shape, {.kv_heads = nullptr, .head_dimension = nullptr});
  shape->names = neox_names();
  read_layer_norm(config, "layer_norm_eps", *shape);
  shape->rotary = {
      read_rotary(config, *shape,
                  {.theta = "rotary_emb_base", .partial = "rotary_pct", .default_partial = 0.25})};
  const bool is_parallel = config["use_parallel_residual"].flag_or(true);
  if (is_parallel) shape->residual = Residual::Parallel;
  shape->qkv = QkvLayout::PerGroup;
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(true);
  shape->ffn_bias = true;
  shape->activation = read_activation(config, "hidden_act", "gelu");
  shape->is_gated = false;
  for (const char* const key : {"hidden_dropout", "classifier_dropout"}) config.ignore(key);
  return shape;
}

}  // namespace

Architecture gpt_neox_architecture() {
  return {"GPTNeoXForCausalLM", "gpt_neox", read_gpt_neox_config, compile_decoder};
}

}  // namespace nibble::offline
