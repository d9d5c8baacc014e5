// A model of one norm and one matrix, written with the packer's own blob writer.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/tiny_blob.h"

#include <cstring>

#include "runtime/format/ops.h"
#include "runtime/format/payload.h"
#include "runtime/format/tables.h"
#include "runtime/tokenizer/tables.h"

namespace nibble::test {
namespace {

using namespace format;

constexpr uint32_t kWidth = 32;
constexpr uint32_t kSpecialTokens = 3;
constexpr uint32_t kLetter = kSpecialTokens + 256;  // the piece "a"
constexpr uint32_t kVocabulary = kLetter + 1;
constexpr uint32_t kHashSlots = 2;
constexpr uint32_t kPoolBytes = 256 + 1;

Manifest tiny_manifest() {
  Manifest manifest{};
  manifest.vocabulary = kVocabulary;
  manifest.context_tokens = 64;
  manifest.default_context_tokens = 32;
  manifest.width = kWidth;
  manifest.layers = 1;
  manifest.heads = 4;
  manifest.kv_heads = 2;
  manifest.head_dimension = 8;
  manifest.ffn_width = 64;
  manifest.tokenizer_flags = kAddBos | kByteFallback;
  manifest.piece_pool_bytes = kPoolBytes;
  manifest.hash_slots = kHashSlots;
  manifest.unknown_token = 0;
  manifest.bos_token = 1;
  manifest.eos_tokens[0] = 2;
  for (int i = 1; i < 4; ++i) manifest.eos_tokens[i] = kNoToken;
  return manifest;
}

/// Copies a table to `at`. @returns where the next one goes
template <class T>
uint8_t* put(uint8_t* at, const std::vector<T>& table) {
  std::memcpy(at, table.data(), table.size() * sizeof(T));
  return at + table.size() * sizeof(T);
}

std::vector<uint8_t> tiny_tokenizer() {
  std::vector<uint32_t> offsets(kVocabulary + 1, 0), byte_tokens(256), slots(kHashSlots, kNoToken);
  std::vector<uint8_t> types(kVocabulary, static_cast<uint8_t>(PieceType::Byte)), pool;
  types[0] = static_cast<uint8_t>(PieceType::Unknown);
  types[1] = types[2] = static_cast<uint8_t>(PieceType::Control);
  types[kLetter] = static_cast<uint8_t>(PieceType::Normal);
  for (uint32_t byte = 0; byte < 256; ++byte) {
    byte_tokens[byte] = kSpecialTokens + byte;
    pool.push_back(static_cast<uint8_t>(byte));
    offsets[kSpecialTokens + byte + 1] = byte + 1;
  }
  pool.push_back('a');
  offsets[kVocabulary] = kPoolBytes;
  slots[piece_hash(Text("a", 1)) % kHashSlots] = kLetter;

  std::vector<uint8_t> section(tokenizer_offsets(tiny_manifest()).end);
  uint8_t* at = put(section.data(), offsets);
  at = put(at, std::vector<uint32_t>(kVocabulary, kNoRank));
  at = put(at, byte_tokens);
  at = put(at, slots);
  at = put(at, types);
  put(at, pool);
  return section;
}

std::vector<TensorRecord> tiny_tensors() {
  return {{.type = TensorType::Int8,
           .role = Role::Embedding,
           .layer = kNoLayer,
           .group = 32,
           .reserved = 0,
           .rows = kVocabulary,
           .columns = kWidth},
          {.type = TensorType::F32Vector,
           .role = Role::FinalNorm,
           .layer = kNoLayer,
           .group = 0,
           .reserved = 0,
           .rows = 1,
           .columns = kWidth},
          {.type = TensorType::U64Vector,
           .role = Role::Rotary,
           .layer = 0,
           .group = 0,
           .reserved = 0,
           .rows = 1,
           .columns = 4}};
}

/// Small codes that differ, every scale and gain 1.
std::vector<uint8_t> tiny_weights(const std::vector<TensorRecord>& tensors) {
  std::vector<uint64_t> offsets(tensors.size());
  const uint64_t bytes =
      tensor_offsets({tensors.data(), tensors.size()}, {offsets.data(), offsets.size()}).value();
  std::vector<uint8_t> section(bytes, 0);

  const uint64_t code_bytes = tensor_bytes(tensors[0]).codes.value();
  for (uint64_t i = 0; i < code_bytes; ++i) section[i] = static_cast<uint8_t>(i * 7 % 15);
  const uint16_t half_one = 0x3C00;
  for (uint64_t at = code_bytes; at < tensor_bytes(tensors[0]).total().value(); at += 2)
    std::memcpy(&section[at], &half_one, sizeof(half_one));
  const float one = 1;
  for (uint32_t i = 0; i < kWidth; ++i)
    std::memcpy(&section[offsets[1] + i * sizeof(one)], &one, sizeof(one));
  for (uint32_t i = 0; i < 4; ++i) section[offsets[2] + i * 8 + 7] = static_cast<uint8_t>(64 >> i);
  return section;
}

BufferRecord buffer(BufferType type, BufferRows rows, uint32_t width, uint32_t row_offset_bytes) {
  return {.type = type,
          .rows = rows,
          .group = static_cast<uint16_t>(type == BufferType::Int8 ? 32 : 0),
          .width = width,
          .row_offset_bytes = row_offset_bytes,
          .reserved = 0};
}

enum : uint16_t { kHidden, kLast, kNormed, kLogits };  // buffers
enum : uint16_t { kTable, kGain };                     // tensors

std::vector<BufferRecord> tiny_buffers() {
  return {buffer(BufferType::F32, BufferRows::Token, kWidth, 0),
          buffer(BufferType::F32, BufferRows::Logit, kWidth, 0),
          buffer(BufferType::Int8, BufferRows::Logit, kWidth, 128),
          buffer(BufferType::F32, BufferRows::Logit, kVocabulary, 192)};
}

OpRecord op(OpCode code, uint16_t output, uint16_t input, uint16_t tensor, uint32_t argument = 0) {
  return {.code = code,
          .flags = 0,
          .layer = kNoLayer,
          .output = output,
          .input = {input, kNone},
          .tensor = {tensor, kNone},
          .argument = {argument}};
}

std::vector<OpRecord> tiny_ops() {
  constexpr uint32_t kEpsilonBits = 0x3727C5AC;  // 1e-5
  return {op(OpCode::Embed, kHidden, kNone, kTable), op(OpCode::GatherRows, kLast, kHidden, kNone),
          op(OpCode::RmsNorm, kNormed, kLast, kGain, kEpsilonBits),
          op(OpCode::MatMul, kLogits, kNormed, kTable)};
}

}  // namespace

TinyModel tiny_model(Storage weights) {
  TinyModel model;
  offline::BlobContents& contents = model.contents;
  contents.manifest = tiny_manifest();
  contents.strings = {"tiny", "none", "MIT", "a test", "", "int8", "test"};
  contents.tensor_names = {"embedding", "gain", "rotary"};
  contents.tensors = tiny_tensors();
  contents.buffers = tiny_buffers();
  contents.ops = tiny_ops();
  contents.self_test_prompt = {1, kLetter, kLetter};
  contents.self_test_generated = {3, 4};

  // The vectors' bytes stay where they are when the model moves.
  model.tokenizer = tiny_tokenizer();
  model.weights = tiny_weights(contents.tensors);
  contents.sections = {{{Storage::Zstd, model.tokenizer}, {weights, model.weights}}};
  return model;
}

offline::BlobBytes tiny_blob(Storage weights) {
  const TinyModel model = tiny_model(weights);
  return offline::build_blob(model.contents, {});
}

}  // namespace nibble::test
