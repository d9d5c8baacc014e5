// What decoders differ in: one description that each family fills in, and one compiler of it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/architectures/network.h"
#include "offline/architectures/rotary.h"
#include "offline/architectures/settings.h"
#include "offline/weights/source_tensors.h"

namespace nibble::offline {

enum class Norm { Rms, Layer };

/// Where a block's branches (attention, feed-forward) are normalized.
enum class NormPlace {
  Input,           ///< x += f(norm(x)): Llama, GPT-2
  Output,          ///< x += norm(f(x)): OLMo 2
  InputAndOutput,  ///< x += norm'(f(norm(x))): Gemma 2
  Sum              ///< x = norm(x + f(x)): OPT-350m
};

/// Whether queries and keys are normalized before they are rotated.
enum class HeadNorm {
  None,
  EachHead,  ///< One gain, shared by all heads: Qwen 3
  AllHeads   ///< A gain over all heads together: OLMo 2
};

enum class Residual {
  Sequential,
  Parallel,       ///< x += attention(norm1(x)) + ffn(norm2(x)): GPT-NeoX
  ParallelShared  ///< The same with one norm: Phi, Falcon
};

/// How a publisher stores the matrices of queries, keys and values.
enum class QkvLayout {
  Separate,
  Joined,   ///< rows of queries, then of keys, then of values: GPT-2, Phi-3
  PerGroup  ///< for each key/value head its queries' rows, its key's, its value's: NeoX, Falcon
};

/// Names of a layer's tensors behind the layer's prefix, and of those outside the layers, without
/// ".weight" or ".bias". Those that a family lacks are unused.
struct DecoderNames {
  /// Before all names but the head's: the first that the source has.
  std::vector<std::string> prefixes = {"model.", ""};
  std::string embedding = "embed_tokens", positions, layer = "layers.";
  std::string attention_norm = "input_layernorm", ffn_norm = "post_attention_layernorm";
  std::string query = "self_attn.q_proj", key = "self_attn.k_proj", value = "self_attn.v_proj";
  std::string joined = "self_attn.qkv_proj", output = "self_attn.o_proj";
  std::string query_norm = "self_attn.q_norm", key_norm = "self_attn.k_norm";
  std::string gate = "mlp.gate_proj", up = "mlp.up_proj", down = "mlp.down_proj";
  std::string gate_and_up = "mlp.gate_up_proj";
  std::string attention_output_norm = "post_attention_layernorm";
  std::string ffn_output_norm = "post_feedforward_layernorm";
  std::string final_norm = "norm", head = "lm_head";
  std::string project_in, project_out;
  std::vector<std::string> ignored = {".rotary_emb.inv_freq"};  ///< Suffixes of what is no weight.
};

inline constexpr int kNoRotation = -1;

struct DecoderLayer {
  uint32_t window = 0;  ///< Positions that a row sees, its own included; 0 = all up to its own.
  int rotary = 0;       ///< Index into DecoderParameters::rotary, or kNoRotation.
};

/// The default is Llama.
struct DecoderParameters final : HyperParameters {
  DecoderNames names;
  std::vector<DecoderLayer> layers;  ///< empty: all are as DecoderLayer is by default

  Norm norm = Norm::Rms;
  NormPlace norm_place = NormPlace::Input;
  HeadNorm head_norm = HeadNorm::None;
  Residual residual = Residual::Sequential;
  float norm_epsilon = 0;
  bool norm_has_bias = false;       ///< of layer norms
  bool gains_are_from_one = false;  ///< Gains are stored less 1: Gemma
  bool has_final_norm = true;

  QkvLayout qkv = QkvLayout::Separate;
  bool qkv_bias = false, output_bias = false;
  double attention_scale = 0;  ///< 0 = 1 / sqrt(head_dim)
  float score_cap = 0;         ///< 0 = none
  std::vector<RotarySettings> rotary = {RotarySettings{}};

  format::Activation activation = format::Activation::Silu;
  bool is_gated = true, gate_is_joined = false, ffn_bias = false;
  bool is_transposed = false;  ///< Matrices of layers are stored as [columns, rows]: GPT-2

  uint32_t skipped_positions = 0;  ///< Rows before the first position's: OPT
  uint32_t embedding_width = 0;    ///< 0 = hidden_size; else it is projected to and fro
  float embedding_scale = 1, residual_scale = 1, logit_scale = 1;
  float logit_cap = 0;  ///< 0 = none
  bool head_bias = false;
};

/// Throws InputError for tensors that are missing, superfluous or of the wrong shape.
/// @pre `shape` is a DecoderParameters
Network compile_decoder(const HyperParameters& shape, const SourceTensors& tensors,
                        const SchemeChoice& scheme);

}  // namespace nibble::offline
