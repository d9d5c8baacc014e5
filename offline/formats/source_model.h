// A model as its publisher ships it: named tensors, hyper-parameters, vocabulary, provenance.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "offline/weights/source_tensors.h"
#include "runtime/format/blob.h"

namespace nibble::offline {

enum class RopeScaling { None, Linear, Llama3 };

/// Hyper-parameters of a Llama-family decoder, names as in config.json.
struct HyperParameters {
  std::string architecture;  ///< "LlamaForCausalLM"
  uint32_t hidden_size = 0, intermediate_size = 0, num_hidden_layers = 0, num_attention_heads = 0,
           num_key_value_heads = 0, head_dim = 0, vocab_size = 0, max_position_embeddings = 0;
  float rms_norm_eps = 0;
  double rope_theta = 10000;
  RopeScaling rope_scaling = RopeScaling::None;
  double rope_factor = 1, rope_low_frequency_factor = 1, rope_high_frequency_factor = 4;
  uint32_t rope_original_context = 0;
  bool tie_word_embeddings = false;
  bool attention_bias = false;
};

struct Piece {
  std::string text;  ///< as it appears in text: a space, not U+2581; byte pieces hold their byte
  uint32_t rank = format::kNoRank;  ///< merge priority, 0 first; kNoRank: not made by merging
  format::PieceType type = format::PieceType::Normal;
};

/// A vocabulary, already in the runtime's terms.
struct Vocabulary {
  format::TokenizerKind kind = format::TokenizerKind::SentencePieceBpe;
  uint32_t flags = 0;  ///< TokenizerFlag bits
  std::vector<Piece> pieces;
  uint32_t bos = format::kNoToken, unknown = format::kNoToken;
  std::vector<uint32_t> eos;  ///< 1 … 4 tokens
};

struct Provenance {
  std::string name, license, source, source_sha256;  ///< SHA-256 over the weight files, hex
};

/// Everything the packer needs of a model. Tensors stay mapped from their files, so that memory
/// use does not grow with them.
struct SourceModel {
  HyperParameters shape;
  Vocabulary vocabulary;
  Provenance provenance;
  SourceTensors tensors;
};

/// Reads a Hugging Face folder. Throws InputError, naming file, place and remedy.
SourceModel read_model_folder(const std::filesystem::path& folder);

}  // namespace nibble::offline
