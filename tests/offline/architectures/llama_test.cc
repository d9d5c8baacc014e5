// Llama programs: the runtime's verifier accepts every one of them, and sources must match.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>

#include "offline/architectures/buffer_planner.h"
#include "offline/architectures/network.h"
#include "offline/blob/weights_section.h"
#include "offline/weights/mapped_tensor.h"
#include "runtime/format/ops.h"
#include "runtime/format/payload.h"
#include "runtime/program/verifier.h"
#include "tests/offline/architectures/shapes.h"
#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using format::OpCode;
using format::Role;
using format::TensorType;
using offline::compile_llama;
using offline::HyperParameters;
using offline::Network;
using offline::Scheme;
using offline::SourceModel;

constexpr Scheme kF16{TensorType::F16, 0}, kInt8{TensorType::Int8, 64},
    kInt4{TensorType::Int4, 128}, kInt4Zero{TensorType::Int4Zero, 32};

offline::SchemeChoice all(const Scheme& scheme) {
  return [scheme](Role, uint16_t) { return scheme; };
}

Status verify(const HyperParameters& shape, const Network& network) {
  format::Manifest manifest{};
  manifest.vocabulary = shape.vocab_size;
  manifest.width = shape.hidden_size;
  manifest.layers = shape.num_hidden_layers;
  manifest.heads = shape.num_attention_heads;
  manifest.kv_heads = shape.num_key_value_heads;
  manifest.head_dimension = shape.head_dim;
  const std::vector<format::TensorRecord> tensors = offline::tensor_records(network);
  return program::verify_program(manifest, format::generation_feature(1),
                                 {.tensors = {tensors.data(), tensors.size()},
                                  .buffers = {network.buffers.data(), network.buffers.size()},
                                  .ops = {network.ops.data(), network.ops.size()}});
}

void expect_sound(const HyperParameters& shape, const offline::SchemeChoice& scheme) {
  const SourceModel model = model_of(shape);
  const Network network = compile_llama(model, scheme);
  const Status status = verify(shape, network);
  EXPECT_TRUE(status.ok()) << static_cast<int>(status.error()) << " at op "
                           << status.failure().where;
  EXPECT_LE(network.buffers.size(), format::kMaxBuffers);
}

size_t count(const Network& network, OpCode code) {
  return static_cast<size_t>(std::ranges::count(network.ops, code, &format::OpRecord::code));
}

TEST(Llama, IsSoundInEveryScheme) {
  for (const Scheme& scheme : {kF16, kInt8, kInt4, kInt4Zero})
    expect_sound(small_shape(), all(scheme));
}

TEST(Llama, IsSoundWithBiasesTiedHeadsAndOneHead) {
  HyperParameters shape = small_shape();
  shape.attention_bias = true;
  expect_sound(shape, all(kInt4));
  shape.tie_word_embeddings = true;
  expect_sound(shape, all(kInt4));
  shape.num_attention_heads = shape.num_key_value_heads = 1;
  expect_sound(shape, all(kInt4));
}

TEST(Llama, IsSoundInEveryMixOfSchemes) {
  // Matrix i of a layer gets digit i of `mix` in base 4: all mixes of query, key, value, output,
  // gate and down, the others following.
  const Scheme schemes[] = {kF16, kInt8, kInt4, kInt4Zero};
  for (uint32_t mix = 0; mix < 4096; ++mix) {
    expect_sound(small_shape(), [&](Role role, uint16_t) {
      switch (role) {
        case Role::Query:
          return schemes[mix % 4];
        case Role::Key:
          return schemes[mix / 4 % 4];
        case Role::Value:
          return schemes[mix / 16 % 4];
        case Role::AttentionOutput:
          return schemes[mix / 64 % 4];
        case Role::FfnGate:
          return schemes[mix / 256 % 4];
        default:
          return schemes[mix / 1024 % 4];
      }
    });
    if (HasFailure()) FAIL() << "mix " << mix;
  }
}

TEST(Llama, IsSoundWhenLayersDiffer) {
  HyperParameters shape = small_shape();
  shape.num_hidden_layers = 12;
  const Scheme schemes[] = {kF16, kInt8, kInt4, kInt4Zero};
  expect_sound(shape, [&](Role role, uint16_t layer) {
    return schemes[(layer * 7u + static_cast<uint32_t>(role)) % 4];
  });
}

TEST(Llama, QuantizesOnlyWhereNoOtherOpDoes) {
  const SourceModel model = model_of(small_shape());
  EXPECT_EQ(count(compile_llama(model, all(kF16)), OpCode::Quantize), 0u);
  // What attention leaves is all that no op writes quantized.
  EXPECT_EQ(count(compile_llama(model, all(kInt4)), OpCode::Quantize), 2u);
}

TEST(Llama, SharesOneTensorBetweenEmbeddingAndTiedHead) {
  HyperParameters shape = small_shape();
  shape.tie_word_embeddings = true;
  const Network network = compile_llama(model_of(shape), all(kInt8));
  EXPECT_EQ(network.ops.front().code, OpCode::Embed);
  EXPECT_EQ(network.ops.back().code, OpCode::MatMul);
  EXPECT_EQ(network.ops.front().tensor[0], network.ops.back().tensor[0]);
}

TEST(Llama, TakesATiedHeadStoredUnderEitherName) {
  HyperParameters shape = small_shape();
  shape.tie_word_embeddings = true;
  SourceModel model = model_of(shape);
  auto head = model.tensors.extract("model.embed_tokens.weight");
  head.key() = "lm_head.weight";
  model.tensors.insert(std::move(head));
  EXPECT_NO_THROW(compile_llama(model, all(kInt8)));

  model.tensors["model.embed_tokens.weight"] = model.tensors["lm_head.weight"];
  EXPECT_NO_THROW(compile_llama(model, all(kInt8)));
  std::vector<float> ones(size_t{shape.vocab_size} * shape.hidden_size, 0);
  ones.back() = 1;
  model.tensors["lm_head.weight"].weights =
      offline::map_tensor(offline::ElementType::F32, shape.vocab_size, shape.hidden_size,
                          std::as_bytes(std::span(ones)), nullptr);
  expect_refusal([&] { compile_llama(model, all(kInt8)); }, "tensor lm_head.weight: differs");
}

TEST(Llama, RefusesMissingMisshapenAndUnknownTensors) {
  SourceModel model = model_of(small_shape());
  const auto refuse = [&](const std::string& part) {
    expect_refusal([&] { compile_llama(model, all(kInt8)); }, part);
  };
  model.tensors["model.layers.2.input_layernorm.weight"] = {};
  refuse("tensor model.layers.2.input_layernorm.weight: is not part");
  model = model_of(small_shape());
  model.tensors.erase("lm_head.weight");
  refuse("tensor lm_head.weight: is missing");
  model = model_of(small_shape());
  model.tensors["model.layers.1.mlp.up_proj.weight"].shape = {160, 172};
  refuse("tensor model.layers.1.mlp.up_proj.weight: has shape [160, 172]");
  model = model_of(small_shape());
  model.tensors["model.layers.0.self_attn.q_proj.bias"] = {};
  refuse("tensor model.layers.0.self_attn.q_proj.bias: is not part");
}

TEST(Llama, IgnoresStoredFrequencies) {
  SourceModel model = model_of(small_shape());
  model.tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {};
  EXPECT_NO_THROW(compile_llama(model, all(kInt8)));
}

TEST(Llama, NeedsNoMoreBufferMemoryThanIsLiveAtOnce) {
  for (const Scheme& scheme : {kF16, kInt8, kInt4}) {
    const Network network = compile_llama(model_of(small_shape()), all(scheme));
    for (const auto rows : {format::BufferRows::Token, format::BufferRows::Logit}) {
      const uint64_t placed =
          format::buffer_area_bytes_per_row({network.buffers.data(), network.buffers.size()}, rows)
              .value();
      EXPECT_EQ(placed, offline::live_row_bytes(network.ops, network.buffers, rows));
    }
  }
}

}  // namespace
}  // namespace nibble::test
