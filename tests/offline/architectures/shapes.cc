// Lists Llama's tensors; the names are the publisher's.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/offline/architectures/shapes.h"

#include <algorithm>

namespace nibble::test {
namespace {

using offline::HyperParameters;
using offline::SourceModel;

/// Weights of any shape without memory for them.
class Zeros final : public offline::WeightSource {
 public:
  Zeros(uint32_t rows, uint32_t columns) : WeightSource(rows, columns) {}

 private:
  void read(uint32_t, std::span<float> out) const override { std::ranges::fill(out, 0.0f); }
};

void add(SourceModel& model, const std::string& name, std::vector<uint64_t> shape) {
  const auto columns = static_cast<uint32_t>(shape.back());
  const auto rows = static_cast<uint32_t>(shape.size() == 1 ? 1 : shape.front());
  model.tensors[name] = {std::move(shape), std::make_shared<Zeros>(rows, columns)};
}

void add_attention(SourceModel& model, const std::string& prefix) {
  const HyperParameters& shape = model.shape;
  const uint64_t width = shape.hidden_size;
  const uint64_t queries = uint64_t{shape.num_attention_heads} * shape.head_dim;
  const uint64_t keys = uint64_t{shape.num_key_value_heads} * shape.head_dim;
  const std::pair<const char*, std::vector<uint64_t>> projections[] = {
      {"q_proj", {queries, width}},
      {"k_proj", {keys, width}},
      {"v_proj", {keys, width}},
      {"o_proj", {width, queries}}};
  for (const auto& [name, dimensions] : projections) {
    add(model, prefix + name + ".weight", dimensions);
    if (shape.attention_bias) add(model, prefix + name + ".bias", {dimensions[0]});
  }
}

void add_layer(SourceModel& model, const std::string& prefix) {
  const uint64_t width = model.shape.hidden_size, inner = model.shape.intermediate_size;
  add(model, prefix + "input_layernorm.weight", {width});
  add_attention(model, prefix + "self_attn.");
  add(model, prefix + "post_attention_layernorm.weight", {width});
  add(model, prefix + "mlp.gate_proj.weight", {inner, width});
  add(model, prefix + "mlp.up_proj.weight", {inner, width});
  add(model, prefix + "mlp.down_proj.weight", {width, inner});
}

}  // namespace

HyperParameters small_shape() {
  HyperParameters shape;
  shape.hidden_size = 160;
  shape.intermediate_size = 172;
  shape.num_hidden_layers = 2;
  shape.num_attention_heads = 4;
  shape.num_key_value_heads = 2;
  shape.head_dim = 40;
  shape.vocab_size = 515;
  shape.max_position_embeddings = 256;
  shape.rms_norm_eps = 1e-5f;
  return shape;
}

SourceModel model_of(const HyperParameters& shape) {
  SourceModel model;
  model.shape = shape;
  add(model, "model.embed_tokens.weight", {shape.vocab_size, shape.hidden_size});
  for (uint32_t layer = 0; layer < shape.num_hidden_layers; ++layer) {
    add_layer(model, "model.layers." + std::to_string(layer) + ".");
  }
  add(model, "model.norm.weight", {shape.hidden_size});
  if (!shape.tie_word_embeddings) {
    add(model, "lm_head.weight", {shape.vocab_size, shape.hidden_size});
  }
  return model;
}

}  // namespace nibble::test
