// Llama as a program: its settings, its tensors' names, its operations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "offline/architectures/program_builder.h"

namespace nibble::offline {
namespace {

using format::Role;

constexpr const char* kEmbeddingName = "model.embed_tokens.weight";
constexpr const char* kHeadName = "lm_head.weight";

std::shared_ptr<const HyperParameters> read_config(Settings& config) {
  const auto shape = std::make_shared<LlamaParameters>();
  read_common(config, *shape);
  shape->rms_norm_eps = static_cast<float>(config["rms_norm_eps"].number(1e-12, 1e-1));
  shape->attention_bias = config["attention_bias"].flag_or(false);
  shape->rotary = read_rotary(config);
  config.require("hidden_act", "silu");
  for (const char* const key : {"pretraining_tp", "partial_rotary_factor", "embedding_multiplier",
                                "residual_multiplier", "logits_scaling"}) {
    config.require(key, 1);
  }
  for (const char* const key :
       {"mlp_bias", "rope_interleaved", "use_sliding_window", "is_encoder_decoder", "is_decoder",
        "add_cross_attention", "tie_encoder_decoder"}) {
    config.require(key, false);
  }
  config.ignore("is_llama_config");
  return shape;
}

class LlamaCompiler {
 public:
  LlamaCompiler(const LlamaParameters& shape, const SourceTensors& tensors,
                const SchemeChoice& scheme)
      : shape_(shape), build_(shape, tensors, scheme) {}

  Network compile() {
    build_.sources().ignore(".rotary_emb.inv_freq");  // computed from the configuration
    const bool is_tied = shape_.tie_word_embeddings;
    const TensorId embedding = build_.matrix(
        is_tied ? build_.sources().tied_name(kEmbeddingName, kHeadName) : kEmbeddingName,
        Role::Embedding, shape_.vocab_size, shape_.hidden_size);
    residual_ = build_.embed(embedding);
    rotary_ = build_.rotary_table(
        build_.increments("rotary.increments", rotary_increments(shape_.rotary, shape_.head_dim)));
    for (uint32_t layer = 0; layer < shape_.num_hidden_layers; ++layer) {
      build_.start_layer(layer);
      prefix_ = "model.layers." + std::to_string(layer) + ".";
      attention();
      feed_forward();
    }
    build_.end_layers();
    const TensorId gain = build_.vector("model.norm.weight", Role::FinalNorm, shape_.hidden_size);
    const TensorId head =
        is_tied ? embedding
                : build_.matrix(kHeadName, Role::Head, shape_.vocab_size, shape_.hidden_size);
    const BufferId wanted = build_.gather_rows(residual_);
    build_.logits(build_.rms_norm(wanted, gain, shape_.rms_norm_eps), head);
    return build_.finish();
  }

 private:
  TensorId matrix(const char* name, Role role, uint32_t rows, uint32_t columns) {
    return build_.matrix(prefix_ + name + ".weight", role, rows, columns);
  }
  TensorId bias(const char* name, Role role, uint32_t columns) {
    if (!shape_.attention_bias) return TensorId::None;
    return build_.vector(prefix_ + name + ".bias", role, columns);
  }
  Producer norm(const char* name, Role role) {
    const TensorId gain = build_.vector(prefix_ + name + ".weight", role, shape_.hidden_size);
    return build_.rms_norm(residual_, gain, shape_.rms_norm_eps);
  }

  void attention() {
    const uint32_t width = shape_.hidden_size;
    const uint32_t query_width = shape_.query_width(), key_width = shape_.key_width();
    const Producer input = norm("input_layernorm", Role::AttentionNorm);
    const TensorId query = matrix("self_attn.q_proj", Role::Query, query_width, width);
    const TensorId key = matrix("self_attn.k_proj", Role::Key, key_width, width);
    const TensorId value = matrix("self_attn.v_proj", Role::Value, key_width, width);
    const TensorId query_bias = bias("self_attn.q_proj", Role::QueryBias, query_width);
    const TensorId key_bias = bias("self_attn.k_proj", Role::KeyBias, key_width);
    const TensorId value_bias = bias("self_attn.v_proj", Role::ValueBias, key_width);
    const auto [queries, keys, values] = build_.project(
        input,
        {{"queries", query, query_bias}, {"keys", key, key_bias}, {"values", value, value_bias}});
    build_.rotate(queries, rotary_, shape_.num_attention_heads);
    build_.rotate(keys, rotary_, shape_.num_key_value_heads);
    build_.append_kv(keys, values);
    const Producer attended = build_.attend(queries, 1 / std::sqrt(1.0 * shape_.head_dim));
    const TensorId out = matrix("self_attn.o_proj", Role::AttentionOutput, width, query_width);
    const TensorId out_bias = bias("self_attn.o_proj", Role::AttentionOutputBias, width);
    build_.project_onto(residual_, attended, out, out_bias);
  }

  void feed_forward() {
    const uint32_t width = shape_.hidden_size, inner = shape_.intermediate_size;
    const Producer input = norm("post_attention_layernorm", Role::FfnNorm);
    const auto [gate, up] =
        build_.project(input, {{"gate", matrix("mlp.gate_proj", Role::FfnGate, inner, width)},
                               {"up", matrix("mlp.up_proj", Role::FfnUp, inner, width)}});
    const TensorId down = matrix("mlp.down_proj", Role::FfnDown, width, inner);
    build_.project_onto(residual_, build_.gated_activation(gate, up, format::Activation::Silu),
                        down);
  }

  const LlamaParameters& shape_;
  ProgramBuilder build_;
  BufferId residual_ = BufferId::None, rotary_ = BufferId::None;
  std::string prefix_;
};

Network compile(const HyperParameters& shape, const SourceTensors& tensors,
                const SchemeChoice& scheme) {
  return LlamaCompiler(dynamic_cast<const LlamaParameters&>(shape), tensors, scheme).compile();
}

}  // namespace

Architecture llama_architecture() {
  return {"LlamaForCausalLM", "llama", read_config, compile};
}

}  // namespace nibble::offline
