// Lists Llama's tensors; the names are the publisher's.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/offline/architectures/shapes.h"

#include <algorithm>

namespace nibble::test {
namespace {

using offline::DecoderParameters;
using offline::SourceTensors;

/// Weights of any shape without memory for them.
class Zeros final : public offline::WeightSource {
 public:
  Zeros(uint32_t rows, uint32_t columns) : WeightSource(rows, columns) {}

 private:
  void read(uint32_t, std::span<float> out) const override { std::ranges::fill(out, 0.0f); }
};

void add(SourceTensors& tensors, const std::string& name, std::vector<uint64_t> shape) {
  const auto columns = static_cast<uint32_t>(shape.back());
  const auto rows = static_cast<uint32_t>(shape.size() == 1 ? 1 : shape.front());
  tensors[name] = {std::move(shape), std::make_shared<Zeros>(rows, columns)};
}

void add_attention(SourceTensors& tensors, const DecoderParameters& shape,
                   const std::string& prefix) {
  const uint64_t width = shape.hidden_size;
  const uint64_t queries = shape.query_width();
  const uint64_t keys = shape.key_width();
  const std::pair<const char*, std::vector<uint64_t>> projections[] = {
      {"q_proj", {queries, width}},
      {"k_proj", {keys, width}},
      {"v_proj", {keys, width}},
      {"o_proj", {width, queries}}};
  for (const auto& [name, dimensions] : projections) {
    add(tensors, prefix + name + ".weight", dimensions);
    if (shape.qkv_bias) add(tensors, prefix + name + ".bias", {dimensions[0]});
  }
}

void add_layer(SourceTensors& tensors, const DecoderParameters& shape, const std::string& prefix) {
  const uint64_t width = shape.hidden_size, inner = shape.intermediate_size;
  add(tensors, prefix + "input_layernorm.weight", {width});
  add_attention(tensors, shape, prefix + "self_attn.");
  add(tensors, prefix + "post_attention_layernorm.weight", {width});
  add(tensors, prefix + "mlp.gate_proj.weight", {inner, width});
  add(tensors, prefix + "mlp.up_proj.weight", {inner, width});
  add(tensors, prefix + "mlp.down_proj.weight", {width, inner});
}

}  // namespace

DecoderParameters small_shape() {
  DecoderParameters shape;
  shape.hidden_size = 160;
  shape.intermediate_size = 172;
  shape.num_hidden_layers = 2;
  shape.num_attention_heads = 4;
  shape.num_key_value_heads = 2;
  shape.head_dim = 40;
  shape.vocab_size = 515;
  shape.max_position_embeddings = 256;
  shape.norm_epsilon = 1e-5f;
  return shape;
}

SourceTensors tensors_of(const DecoderParameters& shape) {
  SourceTensors tensors;
  add(tensors, "model.embed_tokens.weight", {shape.vocab_size, shape.hidden_size});
  for (uint32_t layer = 0; layer < shape.num_hidden_layers; ++layer) {
    add_layer(tensors, shape, "model.layers." + std::to_string(layer) + ".");
  }
  add(tensors, "model.norm.weight", {shape.hidden_size});
  if (!shape.tie_word_embeddings) {
    add(tensors, "lm_head.weight", {shape.vocab_size, shape.hidden_size});
  }
  return tensors;
}

}  // namespace nibble::test
