// The architectures of GGUF files: the names of their settings there and in config.json, and what
// GGUF fixes or stores in another form.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "offline/formats/gguf/gguf_file.h"

namespace nibble::offline {

/// One thing, named twice.
struct NamePair {
  std::string_view gguf, huggingface;
};

/// A setting that the architecture fixes: GGUF has no key for it.
struct FixedSetting {
  std::string_view huggingface;
  std::string_view json;  ///< its value
};

/// A flag of config.json that a file says by having a tensor behind "blk.0.".
struct TensorFlag {
  std::string_view gguf, huggingface;
  bool otherwise = false;  ///< what an absent flag means
};

/// How a family says which layers see a window of the last positions.
enum class WindowForm {
  None,
  Uniform,  ///< All layers do, or none.
  Listed    ///< Every so many-th layer sees everything, or the file lists the layers.
};

struct GgufFamily {
  std::string_view name;                 ///< general.architecture
  std::string_view architecture;         ///< of config.json
  std::span<const NamePair> sizes = {};  ///< empty: those that most families have
  std::span<const NamePair> heads = {};  ///< of keys and values, and how wide
  NamePair norm;                         ///< its epsilon
  std::span<const NamePair> more = {};
  FixedSetting activation;  ///< the setting that names it, and the one that the family has
  std::span<const FixedSetting> fixed = {};
  std::span<const TensorFlag> flags = {};

  std::string_view theta = "rope_theta";  ///< in config.json; empty: positions are learned
  std::string_view partial = {};          ///< the part of a head that turns; empty: all of it
  /// Every so many-th layer does not know positions, and config.json means the same by default.
  uint32_t unrotated_period = 0;
  WindowForm windows = WindowForm::None;
  uint32_t window_period = 0;  ///< of Listed, where the file does not say it; 0 = it must
  /// Whether llama.cpp looks at the windows of such a file.
  bool llama_cpp_has_windows = false;
  std::string_view windowed_architecture = {};  ///< of config.json, for a model with windows

  bool interleaves_heads = false;  ///< Rotary pairs are rows (2i, 2i + 1) of a head.
  bool joins_qkv = false;          ///< One matrix: all queries, all keys, all values.
  bool joins_gate = false;         ///< One matrix: the gate's rows, then up's.
  bool is_parallel = false;        ///< Both branches of a layer always read the same residual.
  /// Whether factors of waves may be in the tensor rope_freqs.
  bool has_wave_factors = false;
  bool has_factor_lists = false;  ///< The same of the lists of LongRoPE.
  /// Of Gemma: so many layers has the size whose scores are divided by another number.
  uint32_t layers_of_27b = 0;
  /// Adds settings that no table holds.
  void (*complete)(const GgufFamily& family, const GgufFile& file,
                   nlohmann::json& config) = nullptr;

  /// All keys that have a name in config.json, but those of rotary positions and windows.
  std::vector<NamePair> settings() const;
};

/// A number of a configuration that is not checked yet; 0 where it is none.
uint64_t count_in(const nlohmann::json& config, const char* key);

/// Null for a family that is not known.
const GgufFamily* find_gguf_family(std::string_view name);
/// The family that a model of this architecture is written as; null for those that GGUF has no form
/// for. MistralForCausalLM and MobileLLMForCausalLM are llama.
const GgufFamily* find_gguf_family_of(std::string_view architecture);
/// Scores are divided by the square root of this.
uint64_t gguf_score_divisor(const GgufFamily& family, uint64_t layers, uint64_t width,
                            uint64_t heads, uint64_t head_dim);
/// "llama, gpt2": for messages.
std::string gguf_family_names();
/// "LlamaForCausalLM, GPT2LMHeadModel": for messages.
std::string gguf_family_architectures();

}  // namespace nibble::offline
