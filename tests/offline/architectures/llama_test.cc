// Llama programs: the runtime's verifier accepts every one of them, and sources must match.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "offline/architectures/buffer_planner.h"
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
using offline::DecoderParameters;
using offline::HyperParameters;
using offline::Network;
using offline::Scheme;
using offline::SourceTensors;

constexpr Scheme kF16{TensorType::F16, 0}, kInt8{TensorType::Int8, 64},
    kInt4{TensorType::Int4, 128}, kInt4Zero{TensorType::Int4Zero, 32};

offline::SchemeChoice all(const Scheme& scheme) {
  return [scheme](Role, uint16_t) { return scheme; };
}

Network compile(const DecoderParameters& shape, const SourceTensors& tensors,
                const offline::SchemeChoice& scheme) {
  return offline::llama_architecture().compile(shape, tensors, scheme);
}

Network compile_small(const offline::SchemeChoice& scheme) {
  return compile(small_shape(), tensors_of(small_shape()), scheme);
}

Status verify(const HyperParameters& shape, const Network& network) {
  format::Manifest manifest{};
  manifest.vocabulary = shape.vocab_size;
  manifest.context_tokens = shape.max_position_embeddings;
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

void expect_sound(const DecoderParameters& shape, const offline::SchemeChoice& scheme) {
  const Network network = compile(shape, tensors_of(shape), scheme);
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
  DecoderParameters shape = small_shape();
  shape.qkv_bias = shape.output_bias = true;
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
  DecoderParameters shape = small_shape();
  shape.num_hidden_layers = 12;
  const Scheme schemes[] = {kF16, kInt8, kInt4, kInt4Zero};
  expect_sound(shape, [&](Role role, uint16_t layer) {
    return schemes[(layer * 7u + static_cast<uint32_t>(role)) % 4];
  });
}

TEST(Llama, QuantizesOnlyWhereNoOtherOpDoes) {
  EXPECT_EQ(count(compile_small(all(kF16)), OpCode::Quantize), 0u);
  // What attention leaves is all that no op writes quantized.
  EXPECT_EQ(count(compile_small(all(kInt4)), OpCode::Quantize), 2u);
}

TEST(Llama, SharesOneTensorBetweenEmbeddingAndTiedHead) {
  DecoderParameters shape = small_shape();
  shape.tie_word_embeddings = true;
  const Network network = compile(shape, tensors_of(shape), all(kInt8));
  EXPECT_EQ(network.ops.front().code, OpCode::Embed);
  EXPECT_EQ(network.ops.back().code, OpCode::MatMul);
  EXPECT_EQ(network.ops.front().tensor[0], network.ops.back().tensor[0]);
}

TEST(Llama, TakesATiedHeadStoredUnderEitherName) {
  DecoderParameters shape = small_shape();
  shape.tie_word_embeddings = true;
  SourceTensors tensors = tensors_of(shape);
  const auto compile_it = [&] { compile(shape, tensors, all(kInt8)); };
  auto head = tensors.extract("model.embed_tokens.weight");
  head.key() = "lm_head.weight";
  tensors.insert(std::move(head));
  EXPECT_NO_THROW(compile_it());

  tensors["model.embed_tokens.weight"] = tensors["lm_head.weight"];
  EXPECT_NO_THROW(compile_it());
  std::vector<float> ones(size_t{shape.vocab_size} * shape.hidden_size, 0);
  ones.back() = 1;
  tensors["lm_head.weight"].weights =
      offline::map_tensor(offline::ElementType::F32, shape.vocab_size, shape.hidden_size,
                          std::as_bytes(std::span(ones)), nullptr);
  expect_refusal(compile_it, "tensor lm_head.weight: differs");
}

TEST(Llama, RefusesMissingMisshapenAndUnknownTensors) {
  SourceTensors tensors = tensors_of(small_shape());
  const auto refuse = [&](const std::string& part) {
    expect_refusal([&] { compile(small_shape(), tensors, all(kInt8)); }, part);
  };
  tensors["model.layers.2.input_layernorm.weight"] = {};
  refuse("tensor model.layers.2.input_layernorm.weight: is not part");
  tensors = tensors_of(small_shape());
  tensors.erase("lm_head.weight");
  refuse("tensor lm_head.weight: is missing");
  tensors = tensors_of(small_shape());
  tensors["model.layers.1.mlp.up_proj.weight"].shape = {160, 172};
  refuse("tensor model.layers.1.mlp.up_proj.weight: has shape [160, 172]");
  tensors = tensors_of(small_shape());
  tensors["model.layers.0.self_attn.q_proj.bias"] = {};
  refuse("tensor model.layers.0.self_attn.q_proj.bias: is not part");
}

TEST(Llama, IgnoresStoredFrequencies) {
  SourceTensors tensors = tensors_of(small_shape());
  tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = {};
  EXPECT_NO_THROW(compile(small_shape(), tensors, all(kInt8)));
}

/// Whether what a buffer holds at op `at` is read there or later.
bool is_live(std::span<const format::OpRecord> ops, uint16_t buffer, size_t at) {
  const auto reads = [&](const format::OpRecord& op) {
    return op.input[0] == buffer || op.input[1] == buffer ||
           (op.output == buffer && format::works_in_place(op));
  };
  if (ops[at].output == buffer || reads(ops[at])) return true;
  const bool is_written = std::ranges::any_of(
      ops.first(at), [&](const format::OpRecord& op) { return op.output == buffer; });
  for (const format::OpRecord& op : ops.subspan(at)) {
    if (reads(op)) return is_written;
    if (op.output == buffer) return false;
  }
  return false;
}

/// What no plan can beat: the most bytes per row that are live at one op.
uint64_t live_row_bytes(const Network& network, format::BufferRows rows) {
  uint64_t most = 0;
  for (size_t at = 0; at < network.ops.size(); ++at) {
    uint64_t bytes = 0;
    for (uint16_t i = 0; i < network.buffers.size(); ++i) {
      if (network.buffers[i].rows == rows && is_live(network.ops, i, at))
        bytes += format::row_bytes(network.buffers[i]);
    }
    most = std::max(most, bytes);
  }
  return most;
}

TEST(Llama, NeedsNoMoreBufferMemoryThanIsLiveAtOnce) {
  for (const Scheme& scheme : {kF16, kInt8, kInt4}) {
    const Network network = compile_small(all(scheme));
    for (const auto rows : {format::BufferRows::Token, format::BufferRows::Logit}) {
      const uint64_t placed =
          format::buffer_area_bytes_per_row({network.buffers.data(), network.buffers.size()}, rows)
              .value();
      EXPECT_EQ(placed, live_row_bytes(network, rows));
    }
  }
}

/// Names of tensors, comma by comma.
std::string names(const Network& network, const std::vector<uint16_t>& tensors) {
  std::string text;
  for (const uint16_t tensor : tensors) {
    text += (text.empty() ? "" : ", ") + network.tensors[tensor].name;
  }
  return text;
}

TEST(Llama, RecordsWhichTensorsScaleWhichColumns) {
  DecoderParameters shape = small_shape();
  shape.qkv_bias = shape.output_bias = true;
  const Network network = compile(shape, tensors_of(shape), all(kInt4));
  ASSERT_EQ(network.scale_edges.size(), 4u * shape.num_hidden_layers + 1);
  const std::string layer = "model.layers.1.", attention = layer + "self_attn.",
                    mlp = layer + "mlp.";
  const std::pair<std::string, std::string> expected[] = {
      {layer + "input_layernorm.weight",
       attention + "q_proj.weight, " + attention + "k_proj.weight, " + attention + "v_proj.weight"},
      {attention + "v_proj.weight, " + attention + "v_proj.bias", attention + "o_proj.weight"},
      {layer + "post_attention_layernorm.weight",
       mlp + "gate_proj.weight, " + mlp + "up_proj.weight"},
      {mlp + "up_proj.weight", mlp + "down_proj.weight"},
      {"model.norm.weight", "lm_head.weight"}};
  for (size_t i = 0; i < 5; ++i) {
    const offline::ScaleEdge& edge = network.scale_edges[4 + i];
    EXPECT_EQ(names(network, edge.producers), expected[i].first);
    EXPECT_EQ(names(network, edge.consumers), expected[i].second);
    for (const uint16_t consumer : edge.consumers) {
      EXPECT_EQ(edge.row_of_column.size(), network.tensors[consumer].columns);
    }
  }
}

TEST(Llama, SharesFactorsAmongTheQueryHeadsOfAValueHead) {
  // Four query heads of 40 over two value heads: 0 and 1 read the first, 2 and 3 the second.
  const offline::ScaleEdge edge = compile_small(all(kInt4)).scale_edges[1];
  for (uint32_t column = 0; column < 160; ++column) {
    EXPECT_EQ(edge.row_of_column[column], column / 80 * 40 + column % 40);
  }
}

TEST(Llama, ScalesNoTiedHead) {
  DecoderParameters shape = small_shape();
  shape.tie_word_embeddings = true;
  const Network network = compile(shape, tensors_of(shape), all(kInt4));
  EXPECT_EQ(network.scale_edges.size(), 4u * shape.num_hidden_layers);
}

}  // namespace
}  // namespace nibble::test
