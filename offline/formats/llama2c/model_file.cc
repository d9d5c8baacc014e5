// A llama2.c checkpoint and the vocabulary beside it as a model.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/files/text.h"
#include "offline/formats/huggingface/config_json.h"
#include "offline/formats/huggingface/weight_files.h"
#include "offline/formats/llama2c/checkpoint.h"
#include "offline/formats/llama2c/tokenizer_bin.h"
#include "offline/formats/registry.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMaxTokenizerBytes = 64u << 20;

bool is_checkpoint_file(const fs::path& path) {
  const std::string start = first_bytes(path, kLlama2cHeaderBytes);
  const auto header = parse_llama2c_header(std::as_bytes(std::span(start)));
  return header && (header->version != 0 || path.extension() == ".bin");
}

/// The settings that run.c has built in, beside those of the header.
nlohmann::json settings_of(const Llama2cHeader& header) {
  return {{"architectures", {"LlamaForCausalLM"}},
          {"model_type", "llama"},
          {"hidden_size", header.dim},
          {"intermediate_size", header.hidden_dim},
          {"num_hidden_layers", header.layers},
          {"num_attention_heads", header.heads},
          {"num_key_value_heads", header.kv_heads},
          {"vocab_size", header.vocab_size},
          {"max_position_embeddings", header.max_seq_len},
          {"tie_word_embeddings", header.is_tied},
          {"rms_norm_eps", 1e-5},
          {"rope_theta", 10000.0},
          {"hidden_act", "silu"}};
}

/// Trainers of small vocabularies name the file by its size: tok512.bin.
Vocabulary read_vocabulary_beside(const fs::path& path, uint32_t vocab_size) {
  const std::string sized = "tok" + std::to_string(vocab_size) + ".bin";
  for (const std::string& name : {std::string("tokenizer.bin"), sized}) {
    const fs::path file = path.parent_path() / name;
    if (!fs::exists(file)) continue;
    return parse_tokenizer_bin(read_input_file(file, kMaxTokenizerBytes), vocab_size,
                               file.string());
  }
  throw InputError(path.string(),
                   "has no tokenizer.bin or " + sized + " beside it; put the vocabulary there");
}

SourceModel read_checkpoint_file(const fs::path& path) {
  Llama2cCheckpoint checkpoint = read_llama2c(path);
  const ModelConfig config =
      read_model_config(JsonValue(settings_of(checkpoint.header), path.string() + ": offset 0"));
  SourceModel model;
  model.format = "llama2.c checkpoint, version " + std::to_string(checkpoint.header.version);
  model.architecture = config.architecture;
  model.shape = config.shape;
  model.vocabulary = read_vocabulary_beside(path, checkpoint.header.vocab_size);
  model.provenance = {printable_ascii(path.stem().string()), "",
                      printable_ascii(path.filename().string()), sha256_of({checkpoint.mapping})};
  model.tensors = std::move(checkpoint.tensors);
  return model;
}

}  // namespace

SourceFormat llama2c_format() {
  return {is_checkpoint_file, read_checkpoint_file};
}

}  // namespace nibble::offline
