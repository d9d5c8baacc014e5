// Llama as a program: one page from names and hyper-parameters to operations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <bit>
#include <cmath>

#include "offline/architectures/network.h"
#include "offline/architectures/program_builder.h"
#include "offline/architectures/rotary.h"
#include "offline/files/input_error.h"
#include "runtime/format/ops.h"

namespace nibble::offline {
namespace {

using format::BufferRows;
using format::kNoLayer;
using format::kNone;
using format::OpCode;
using format::Role;

constexpr const char* kEmbeddingName = "model.embed_tokens.weight";
constexpr const char* kHeadName = "lm_head.weight";

class LlamaCompiler {
 public:
  LlamaCompiler(const SourceModel& model, const SchemeChoice& scheme)
      : shape_(model.shape), build_(model, scheme) {}

  Network compile() {
    const uint16_t embedding = build_.matrix(embedding_name(), Role::Embedding, kNoLayer,
                                             shape_.vocab_size, shape_.hidden_size);
    residual_ = build_.buffer("residual", BufferRows::Token, shape_.hidden_size);
    build_.emit(OpCode::Embed, kNoLayer, residual_).tensor[0] = embedding;
    rotary_table_ = build_.buffer("rotary table", BufferRows::Token, shape_.head_dim);
    build_.emit(OpCode::RotaryTable, kNoLayer, rotary_table_).tensor[0] =
        build_.increments("rotary.increments", rotary_increments(shape_));
    for (uint32_t layer = 0; layer < shape_.num_hidden_layers; ++layer) {
      layer_ = static_cast<uint16_t>(layer);
      prefix_ = "model.layers." + std::to_string(layer) + ".";
      attention();
      feed_forward();
    }
    logits(embedding);
    return build_.finish();
  }

 private:
  /// Tied heads are stored under either name, or under both if they are the same.
  std::string embedding_name() {
    const SourceTensor* const embedding = build_.find(kEmbeddingName);
    if (!shape_.tie_word_embeddings) return kEmbeddingName;
    const SourceTensor* const head = build_.find(kHeadName);
    if (head == nullptr) return kEmbeddingName;
    if (embedding == nullptr) return kHeadName;
    if (!same_weights(*embedding->weights, *head->weights)) {
      throw InputError(std::string("tensor ") + kHeadName,
                       std::string("differs from ") + kEmbeddingName +
                           ", but config.json says tie_word_embeddings; correct one of them");
    }
    return kEmbeddingName;
  }

  uint16_t matrix(const char* name, Role role, uint32_t rows, uint32_t columns) {
    return build_.matrix(prefix_ + name + ".weight", role, layer_, rows, columns);
  }
  uint16_t bias(const char* name, Role role, uint32_t columns) {
    if (!shape_.attention_bias) return kNone;
    return build_.vector(prefix_ + name + ".bias", role, layer_, columns);
  }
  uint16_t norm(const char* name, Role role) {
    return build_.vector(prefix_ + name + ".weight", role, layer_, shape_.hidden_size);
  }
  uint16_t token_buffer(const char* purpose, uint32_t width) {
    return build_.buffer(purpose, BufferRows::Token, width);
  }

  void normalise(uint16_t layer, uint16_t output, uint16_t input, uint16_t gain) {
    format::OpRecord& op = build_.emit(OpCode::RmsNorm, layer, output);
    op.input[0] = input;
    op.tensor[0] = gain;
    op.argument[0] = std::bit_cast<uint32_t>(shape_.rms_norm_eps);
  }

  void rotate(uint16_t values, uint32_t heads) {
    format::OpRecord& op = build_.emit(OpCode::Rotate, layer_, values);
    op.input[0] = rotary_table_;
    op.argument[0] = heads;
    op.argument[1] = shape_.head_dim;
  }

  void append_kv(uint16_t keys, uint16_t values) {
    format::OpRecord& op = build_.emit(OpCode::AppendKv, layer_, kNone);
    op.input[0] = keys;
    op.input[1] = values;
  }

  void attend(uint16_t output, uint16_t queries) {
    format::OpRecord& op = build_.emit(OpCode::Attend, layer_, output);
    op.input[0] = queries;
    const double scale = 1 / std::sqrt(static_cast<double>(shape_.head_dim));
    op.argument[0] = std::bit_cast<uint32_t>(static_cast<float>(scale));
  }

  void attention() {
    const uint32_t width = shape_.hidden_size;
    const uint32_t query_width = shape_.num_attention_heads * shape_.head_dim;
    const uint32_t kv_width = shape_.num_key_value_heads * shape_.head_dim;
    const uint16_t gain = norm("input_layernorm", Role::AttentionNorm);
    const uint16_t weights[] = {matrix("self_attn.q_proj", Role::Query, query_width, width),
                                matrix("self_attn.k_proj", Role::Key, kv_width, width),
                                matrix("self_attn.v_proj", Role::Value, kv_width, width)};
    const uint16_t biases[] = {bias("self_attn.q_proj", Role::QueryBias, query_width),
                               bias("self_attn.k_proj", Role::KeyBias, kv_width),
                               bias("self_attn.v_proj", Role::ValueBias, kv_width)};
    const uint16_t outputs[] = {token_buffer("queries", query_width),
                                token_buffer("keys", kv_width), token_buffer("values", kv_width)};

    const auto inputs =
        build_.feed("normalised", layer_, BufferRows::Token, weights, true,
                    [&](uint16_t output) { normalise(layer_, output, residual_, gain); });
    for (size_t i = 0; i < inputs.size(); ++i) {
      build_.matmul(layer_, outputs[i], inputs[i], weights[i], biases[i]);
    }
    rotate(outputs[0], shape_.num_attention_heads);
    rotate(outputs[1], shape_.num_key_value_heads);
    append_kv(outputs[1], outputs[2]);

    const uint16_t output[] = {
        matrix("self_attn.o_proj", Role::AttentionOutput, width, query_width)};
    const uint16_t output_bias = bias("self_attn.o_proj", Role::AttentionOutputBias, width);
    const auto attended = build_.feed("attended", layer_, BufferRows::Token, output, false,
                                      [&](uint16_t heads) { attend(heads, outputs[0]); });
    build_.matmul(layer_, residual_, attended[0], output[0], output_bias, true);
  }

  void feed_forward() {
    const uint32_t width = shape_.hidden_size, inner = shape_.intermediate_size;
    const uint16_t gain = norm("post_attention_layernorm", Role::FfnNorm);
    const uint16_t weights[] = {matrix("mlp.gate_proj", Role::FfnGate, inner, width),
                                matrix("mlp.up_proj", Role::FfnUp, inner, width)};
    const uint16_t down[] = {matrix("mlp.down_proj", Role::FfnDown, width, inner)};
    const uint16_t outputs[] = {token_buffer("gate", inner), token_buffer("up", inner)};

    const auto inputs =
        build_.feed("normalised", layer_, BufferRows::Token, weights, true,
                    [&](uint16_t output) { normalise(layer_, output, residual_, gain); });
    build_.matmul(layer_, outputs[0], inputs[0], weights[0]);
    build_.matmul(layer_, outputs[1], inputs[1], weights[1]);
    const auto gated =
        build_.feed("gated", layer_, BufferRows::Token, down, true, [&](uint16_t output) {
          format::OpRecord& op = build_.emit(OpCode::GatedActivation, layer_, output);
          op.input[0] = outputs[0];
          op.input[1] = outputs[1];
          op.argument[0] = static_cast<uint32_t>(format::Activation::Silu);
        });
    build_.matmul(layer_, residual_, gated[0], down[0], kNone, true);
  }

  /// Only the positions whose logits are wanted go through the head.
  void logits(uint16_t embedding) {
    const uint16_t gain =
        build_.vector("model.norm.weight", Role::FinalNorm, kNoLayer, shape_.hidden_size);
    const uint16_t head[] = {shape_.tie_word_embeddings
                                 ? embedding
                                 : build_.matrix(kHeadName, Role::Head, kNoLayer, shape_.vocab_size,
                                                 shape_.hidden_size)};
    const uint16_t selected = build_.buffer("selected", BufferRows::Logit, shape_.hidden_size);
    build_.emit(OpCode::GatherRows, kNoLayer, selected).input[0] = residual_;
    const auto inputs =
        build_.feed("normalised", kNoLayer, BufferRows::Logit, head, true,
                    [&](uint16_t output) { normalise(kNoLayer, output, selected, gain); });
    const uint16_t logits = build_.buffer("logits", BufferRows::Logit, shape_.vocab_size);
    build_.matmul(kNoLayer, logits, inputs[0], head[0]);
  }

  const HyperParameters& shape_;
  ProgramBuilder build_;
  uint16_t residual_ = kNone, rotary_table_ = kNone;
  uint16_t layer_ = kNoLayer;
  std::string prefix_;
};

}  // namespace

Network compile_llama(const SourceModel& model, const SchemeChoice& scheme) {
  return LlamaCompiler(model, scheme).compile();
}

}  // namespace nibble::offline
