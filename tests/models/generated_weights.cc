// Writes a safetensors file, one part of a tensor at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/models/generated_weights.h"

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <span>
#include <stdexcept>

#include "offline/files/half.h"
#include "runtime/core/align.h"

namespace nibble::test {
namespace {

using offline::element_bytes;
using offline::ElementType;

/// A tensor to write: its elements are uniform in [middle − spread, middle + spread].
struct Tensor {
  std::string name;
  std::vector<uint64_t> shape;
  float middle = 0, spread = 0;

  uint64_t elements() const {
    uint64_t count = 1;
    for (const uint64_t dimension : shape) count *= dimension;
    return count;
  }
};

Tensor matrix(const std::string& name, uint64_t rows, uint64_t columns) {
  // A uniform distribution of this spread has variance 1 / columns.
  return {name, {rows, columns}, 0, std::sqrt(3.0f / static_cast<float>(columns))};
}
Tensor gain(const std::string& name, uint64_t columns) {
  return {name, {columns}, 1, 0.25f};
}

void add_projection(std::vector<Tensor>& tensors, const std::string& name, uint64_t rows,
                    uint64_t columns, bool bias) {
  tensors.push_back(matrix(name + ".weight", rows, columns));
  if (bias) tensors.push_back({name + ".bias", {rows}, 0, 0.25f});
}

void add_layer(std::vector<Tensor>& tensors, const std::string& prefix,
               const offline::DecoderParameters& shape) {
  const uint64_t width = shape.hidden_size, inner = shape.intermediate_size;
  const uint64_t queries = uint64_t{shape.num_attention_heads} * shape.head_dim;
  const uint64_t keys = uint64_t{shape.num_key_value_heads} * shape.head_dim;
  const bool bias = shape.qkv_bias;
  tensors.push_back(gain(prefix + "input_layernorm.weight", width));
  add_projection(tensors, prefix + "self_attn.q_proj", queries, width, bias);
  add_projection(tensors, prefix + "self_attn.k_proj", keys, width, bias);
  add_projection(tensors, prefix + "self_attn.v_proj", keys, width, bias);
  add_projection(tensors, prefix + "self_attn.o_proj", width, queries, bias);
  tensors.push_back(gain(prefix + "post_attention_layernorm.weight", width));
  add_projection(tensors, prefix + "mlp.gate_proj", inner, width, false);
  add_projection(tensors, prefix + "mlp.up_proj", inner, width, false);
  add_projection(tensors, prefix + "mlp.down_proj", width, inner, false);
}

std::vector<Tensor> list_tensors(const offline::DecoderParameters& shape) {
  const uint64_t width = shape.hidden_size, vocabulary = shape.vocab_size;
  std::vector<Tensor> tensors = {matrix("model.embed_tokens.weight", vocabulary, width)};
  for (uint32_t layer = 0; layer < shape.num_hidden_layers; ++layer) {
    add_layer(tensors, "model.layers." + std::to_string(layer) + ".", shape);
  }
  tensors.push_back(gain("model.norm.weight", width));
  if (!shape.tie_word_embeddings) tensors.push_back(matrix("lm_head.weight", vocabulary, width));
  return tensors;
}

std::string table_of(const std::vector<Tensor>& tensors, ElementType type) {
  const char* const type_name = type == ElementType::F32   ? "F32"
                                : type == ElementType::F16 ? "F16"
                                                           : "BF16";
  nlohmann::ordered_json table;
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    const uint64_t end = offset + tensor.elements() * element_bytes(type);
    table[tensor.name] = {
        {"dtype", type_name}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}};
    offset = end;
  }
  std::string text = table.dump();
  text.resize(align_up<size_t>(text.size(), 8), ' ');
  return text;
}

/// Uniform in [−1, 1), exactly representable: the mixing function of splitmix64 over a counter.
class Noise {
 public:
  explicit Noise(uint64_t seed) : state_(seed) {}
  float next() {
    state_ += 0x9E3779B97F4A7C15;
    uint64_t bits = (state_ ^ state_ >> 30) * 0xBF58476D1CE4E5B9;
    bits = (bits ^ bits >> 27) * 0x94D049BB133111EB;
    bits ^= bits >> 31;
    return static_cast<float>(static_cast<int32_t>(bits >> 40) - (1 << 23)) * 0x1p-23f;
  }

 private:
  uint64_t state_;
};

void append(std::vector<char>& bytes, float value, ElementType type) {
  uint32_t stored = std::bit_cast<uint32_t>(value);
  if (type == ElementType::F16) stored = offline::half_from_float(value);
  if (type == ElementType::BF16) stored >>= 16;
  const char* const first = reinterpret_cast<const char*>(&stored);
  bytes.insert(bytes.end(), first, first + element_bytes(type));
}

void write_elements(std::ofstream& file, const Tensor& tensor, ElementType type, Noise& noise) {
  constexpr uint64_t kPiece = 1 << 16;
  std::vector<char> bytes;
  for (uint64_t left = tensor.elements(); left != 0; --left) {
    append(bytes, tensor.middle + noise.next() * tensor.spread, type);
    if (left > 1 && bytes.size() < kPiece) continue;
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    bytes.clear();
  }
}

}  // namespace

void write_weights(const Recipe& recipe, const std::filesystem::path& path) {
  const std::vector<Tensor> tensors = list_tensors(recipe.shape);
  const std::string table = table_of(tensors, recipe.type);
  const uint64_t table_bytes = table.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&table_bytes), sizeof table_bytes);
  file << table;
  Noise noise(recipe.seed);
  for (const Tensor& tensor : tensors) write_elements(file, tensor, recipe.type, noise);
  if (!file.flush()) throw std::runtime_error(path.string() + ": cannot be written");
}

}  // namespace nibble::test
