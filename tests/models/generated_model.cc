// The recipes, and the folder that is made of each.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/models/generated_model.h"

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "tests/models/generated_vocabulary.h"
#include "tests/models/generated_weights.h"

namespace nibble::test {
namespace {

using offline::DecoderParameters;
using offline::ElementType;
using offline::RopeScaling;
using Json = nlohmann::ordered_json;

DecoderParameters speed_shape(uint32_t width, uint32_t layers, uint32_t heads, uint32_t kv_heads,
                              uint32_t inner, uint32_t vocabulary) {
  DecoderParameters shape;
  shape.hidden_size = width;
  shape.num_hidden_layers = layers;
  shape.num_attention_heads = heads;
  shape.num_key_value_heads = kv_heads;
  shape.head_dim = width / heads;
  shape.intermediate_size = inner;
  shape.vocab_size = vocabulary;
  shape.max_position_embeddings = 2048;
  shape.norm_epsilon = 1e-5f;
  shape.tie_word_embeddings = true;
  return shape;
}

/// 160 columns in groups of 128 or 64 leave a ragged one; 172 and 515 are no multiples of 32.
DecoderParameters tiny_shape() {
  DecoderParameters shape = speed_shape(160, 2, 4, 2, 172, 515);
  shape.max_position_embeddings = 256;
  shape.tie_word_embeddings = false;
  shape.qkv_bias = shape.output_bias = true;
  return shape;
}

Json scaling_of(const DecoderParameters& shape) {
  if (shape.rotary[0].scaling == RopeScaling::Linear) {
    return {{"type", "linear"}, {"factor", shape.rotary[0].factor}};
  }
  if (shape.rotary[0].scaling == RopeScaling::Llama3) {
    return {{"rope_type", "llama3"},
            {"factor", shape.rotary[0].factor},
            {"low_freq_factor", shape.rotary[0].low_frequency_factor},
            {"high_freq_factor", shape.rotary[0].high_frequency_factor},
            {"original_max_position_embeddings", shape.rotary[0].original_context}};
  }
  return nullptr;
}

Json config_of(const DecoderParameters& shape) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", shape.hidden_size},
          {"intermediate_size", shape.intermediate_size},
          {"num_hidden_layers", shape.num_hidden_layers},
          {"num_attention_heads", shape.num_attention_heads},
          {"num_key_value_heads", shape.num_key_value_heads},
          {"head_dim", shape.head_dim},
          {"vocab_size", shape.vocab_size},
          {"max_position_embeddings", shape.max_position_embeddings},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", shape.rotary[0].theta},
          {"rope_scaling", scaling_of(shape)},
          {"tie_word_embeddings", shape.tie_word_embeddings},
          {"hidden_act", "silu"},
          {"attention_bias", shape.qkv_bias},
          {"mlp_bias", false},
          {"bos_token_id", 1},
          {"eos_token_id", 2}};
}

Json tokenizer_config() {
  return {{"tokenizer_class", "LlamaTokenizer"},
          {"add_bos_token", true},
          {"bos_token", "<s>"},
          {"eos_token", "</s>"},
          {"unk_token", "<unk>"}};
}

void write_file(const std::filesystem::path& path, const std::string& content) {
  std::ofstream file(path, std::ios::binary);
  file << content;
  if (!file.flush()) throw std::runtime_error(path.string() + ": cannot be written");
}

}  // namespace

const std::vector<Recipe>& recipes() {
  static const std::vector<Recipe> all = {
      {"15m", speed_shape(288, 6, 6, 6, 768, 32000), ElementType::F16, 1},
      {"110m", speed_shape(768, 12, 12, 12, 2048, 32000), ElementType::F16, 1},
      {"135m", speed_shape(576, 30, 9, 3, 1536, 49152), ElementType::F16, 1},
      {"tiny", tiny_shape(), ElementType::F32, 1}};
  return all;
}

void write_model(const Recipe& recipe, const std::filesystem::path& folder) {
  std::filesystem::create_directories(folder);
  write_file(folder / "config.json", config_of(recipe.shape).dump(1) + "\n");
  write_file(folder / "tokenizer_config.json", tokenizer_config().dump(1) + "\n");
  write_file(folder / "tokenizer.model", sentencepiece_model(recipe.shape.vocab_size, recipe.seed));
  write_weights(recipe, folder / "model.safetensors");
}

}  // namespace nibble::test
