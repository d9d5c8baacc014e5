// The network of tiny_llama(), written out by hand: independent of offline/architectures.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/tiny_llama.h"

#include <cstring>

#include "runtime/format/ops.h"
#include "runtime/format/payload.h"

namespace nibble::test {
namespace {

using namespace format;

constexpr uint32_t kWidth = 64, kLayers = 2, kHeads = 4, kKvHeads = 2, kHeadDimension = 16,
                   kFfnWidth = 96, kGroup = 32;
constexpr uint32_t kQueryWidth = kHeads * kHeadDimension, kKeyWidth = kKvHeads * kHeadDimension;

TensorRecord tensor(TensorType type, Role role, uint16_t layer, uint32_t rows, uint32_t columns) {
  return {.type = type,
          .role = role,
          .layer = layer,
          .group = static_cast<uint16_t>(is_quantized(type) ? kGroup : 0),
          .reserved = 0,
          .rows = rows,
          .columns = columns};
}

std::vector<TensorRecord> llama_tensors(uint32_t vocabulary) {
  using enum TensorType;
  std::vector<TensorRecord> tensors = {
      tensor(Int8, Role::Embedding, kNoLayer, vocabulary, kWidth),
      tensor(U64Vector, Role::Rotary, kNoLayer, 1, kHeadDimension / 2)};
  for (uint16_t layer = 0; layer < kLayers; ++layer) {
    const TensorRecord of_layer[] = {
        tensor(F32Vector, Role::AttentionNorm, layer, 1, kWidth),
        tensor(Int4, Role::Query, layer, kQueryWidth, kWidth),
        tensor(F32Vector, Role::QueryBias, layer, 1, kQueryWidth),
        tensor(Int4Zero, Role::Key, layer, kKeyWidth, kWidth),
        tensor(Int8, Role::Value, layer, kKeyWidth, kWidth),
        tensor(Int4, Role::AttentionOutput, layer, kWidth, kQueryWidth),
        tensor(F32Vector, Role::FfnNorm, layer, 1, kWidth),
        tensor(Int4, Role::FfnGate, layer, kFfnWidth, kWidth),
        tensor(Int4Zero, Role::FfnUp, layer, kFfnWidth, kWidth),
        tensor(Int4, Role::FfnDown, layer, kWidth, kFfnWidth)};
    tensors.insert(tensors.end(), std::begin(of_layer), std::end(of_layer));
  }
  tensors.push_back(tensor(F32Vector, Role::FinalNorm, kNoLayer, 1, kWidth));
  return tensors;
}

/// Pseudo-random bytes that are the same everywhere.
class Bytestream {
 public:
  uint8_t next() {
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<uint8_t>(state_ >> 56);
  }

 private:
  uint64_t state_ = 1;
};

void fill_matrix(const TensorRecord& tensor, uint8_t* at, Bytestream& random) {
  const TensorBytes bytes = tensor_bytes(tensor);
  const uint64_t codes = bytes.codes.value(), scales = bytes.scales.value();
  for (uint64_t i = 0; i < codes; ++i) {
    at[i] = random.next();
    if (tensor.type == TensorType::Int8 && at[i] == 0x80) at[i] = 0;  // −128 is no code
  }
  // Halves of either sign about 2^-6 (Int4) or 2^-10 (Int8): products stay near one.
  for (uint64_t i = 0; i < scales; i += 2) {
    at[codes + i] = random.next();
    const uint8_t sign = random.next() & 0x80;
    at[codes + i + 1] =
        static_cast<uint8_t>(sign | (tensor.type == TensorType::Int8 ? 0x14 : 0x24));
  }
  for (uint64_t i = 0; i < bytes.zeros.value(); ++i) at[codes + scales + i] = random.next() & 15;
}

void fill_vector(const TensorRecord& tensor, uint8_t* at, Bytestream& random) {
  for (uint32_t i = 0; i < tensor.columns; ++i) {
    if (tensor.type == TensorType::U64Vector) {
      const uint64_t increment =
          uint64_t{0x28BE60DB93910600} >> (2 * i);  // 1/2π of a turn, then less
      std::memcpy(at + i * sizeof(increment), &increment, sizeof(increment));
    } else {
      const float value = 0.5f + static_cast<float>(random.next()) / 256;
      std::memcpy(at + i * sizeof(value), &value, sizeof(value));
    }
  }
}

std::vector<uint8_t> random_weights(const std::vector<TensorRecord>& tensors) {
  std::vector<uint64_t> offsets(tensors.size());
  const uint64_t bytes =
      tensor_offsets({tensors.data(), tensors.size()}, {offsets.data(), offsets.size()}).value();
  std::vector<uint8_t> section(bytes, 0);
  Bytestream random;
  for (size_t i = 0; i < tensors.size(); ++i)
    (is_matrix(tensors[i].type) ? fill_matrix : fill_vector)(tensors[i], &section[offsets[i]],
                                                             random);
  return section;
}

BufferRecord buffer(BufferType type, BufferRows rows, uint32_t width, uint32_t row_offset_bytes) {
  return {.type = type,
          .rows = rows,
          .group = static_cast<uint16_t>(type == BufferType::Int8 ? kGroup : 0),
          .width = width,
          .row_offset_bytes = row_offset_bytes,
          .reserved = 0};
}

/// Bytes of a row: hidden 256, rotary table 128, codes of 64 wide 128, of 96 wide 128.
std::vector<BufferRecord> llama_buffers(uint32_t vocabulary) {
  using enum BufferType;
  using enum BufferRows;
  return {buffer(F32, Token, kWidth, 0),
          buffer(F32, Token, kHeadDimension, 256),
          buffer(Int8, Token, kWidth, 384),
          buffer(F32, Token, kQueryWidth, 512),
          buffer(F32, Token, kKeyWidth, 768),
          buffer(F32, Token, kKeyWidth, 896),
          buffer(F32, Token, kQueryWidth, 1024),
          buffer(Int8, Token, kQueryWidth, 512),  // over the queries, once attended
          buffer(F32, Token, kFfnWidth, 512),     // over what attention is done with
          buffer(F32, Token, kFfnWidth, 896),
          buffer(Int8, Token, kFfnWidth, 384),  // over the normed input
          buffer(F32, Logit, kWidth, 0),
          buffer(Int8, Logit, kWidth, 256),
          buffer(F32, Logit, vocabulary, 384)};
}

OpRecord op(OpCode code, uint16_t output, std::vector<uint16_t> inputs,
            std::vector<uint16_t> tensors, std::vector<uint32_t> arguments = {},
            uint16_t flags = 0) {
  inputs.resize(2, kNone);
  tensors.resize(2, kNone);
  arguments.resize(2, 0);
  return {.code = code,
          .flags = flags,
          .layer = kNoLayer,
          .output = output,
          .input = {inputs[0], inputs[1]},
          .tensor = {tensors[0], tensors[1]},
          .argument = {arguments[0], arguments[1]}};
}

constexpr uint32_t kEpsilonBits = 0x3727C5AC;  // 1e-5
constexpr uint32_t kScaleBits = 0x3E800000;    // 1/4 = 1/sqrt(16)

std::vector<OpRecord> layer_ops(uint16_t layer) {
  using enum OpCode;
  using L = TinyLlama;
  const auto t = [layer](L::LayerTensor which) { return L::tensor(layer, which); };
  std::vector<OpRecord> ops = {
      op(RmsNorm, L::kNormed, {L::kHidden}, {t(L::kAttentionNorm)}, {kEpsilonBits}),
      op(MatMul, L::kQuery, {L::kNormed}, {t(L::kWq), t(L::kBq)}),
      op(MatMul, L::kKey, {L::kNormed}, {t(L::kWk)}),
      op(MatMul, L::kValue, {L::kNormed}, {t(L::kWv)}),
      op(Rotate, L::kQuery, {L::kRotaryTable}, {}, {kHeads, kHeadDimension}),
      op(Rotate, L::kKey, {L::kRotaryTable}, {}, {kKvHeads, kHeadDimension}),
      op(AppendKv, kNone, {L::kKey, L::kValue}, {}),
      op(Attend, L::kAttended, {L::kQuery}, {}, {kScaleBits}),
      op(Quantize, L::kMixed, {L::kAttended}, {}),
      op(MatMul, L::kHidden, {L::kMixed}, {t(L::kWo)}, {}, kOpAccumulate),
      op(RmsNorm, L::kNormed, {L::kHidden}, {t(L::kFfnNorm)}, {kEpsilonBits}),
      op(MatMul, L::kGated, {L::kNormed}, {t(L::kWgate)}),
      op(MatMul, L::kUp, {L::kNormed}, {t(L::kWup)}),
      op(GatedActivation, L::kInner, {L::kGated, L::kUp}, {}),
      op(MatMul, L::kHidden, {L::kInner}, {t(L::kWdown)}, {}, kOpAccumulate)};
  for (OpRecord& record : ops) record.layer = layer;
  return ops;
}

std::vector<OpRecord> llama_ops(uint16_t final_norm) {
  using enum OpCode;
  using L = TinyLlama;
  std::vector<OpRecord> ops = {op(Embed, L::kHidden, {}, {L::kEmbedding}),
                               op(RotaryTable, L::kRotaryTable, {}, {L::kIncrements})};
  for (uint16_t layer = 0; layer < kLayers; ++layer) {
    const std::vector<OpRecord> more = layer_ops(layer);
    ops.insert(ops.end(), more.begin(), more.end());
  }
  ops.push_back(op(GatherRows, L::kLast, {L::kHidden}, {}));
  ops.push_back(op(RmsNorm, L::kLastNormed, {L::kLast}, {final_norm}, {kEpsilonBits}));
  ops.push_back(op(MatMul, L::kLogits, {L::kLastNormed}, {L::kEmbedding}));
  return ops;
}

}  // namespace

TinyModel tiny_llama(Storage weights) {
  TinyModel model = tiny_model(weights);
  offline::BlobContents& contents = model.contents;
  Manifest& manifest = contents.manifest;
  manifest.context_tokens = 96;
  manifest.default_context_tokens = 64;
  manifest.width = kWidth;
  manifest.layers = kLayers;
  manifest.heads = kHeads;
  manifest.kv_heads = kKvHeads;
  manifest.head_dimension = kHeadDimension;
  manifest.ffn_width = kFfnWidth;

  contents.strings[0] = "tiny llama";
  contents.tensors = llama_tensors(manifest.vocabulary);
  contents.tensor_names.clear();
  for (size_t i = 0; i < contents.tensors.size(); ++i)
    contents.tensor_names.push_back("tensor " + std::to_string(i));
  contents.buffers = llama_buffers(manifest.vocabulary);
  contents.ops = llama_ops(static_cast<uint16_t>(contents.tensors.size() - 1));
  model.weights = random_weights(contents.tensors);
  contents.sections[1] = {weights, model.weights};
  return model;
}

}  // namespace nibble::test
