// The architectures of GGUF files, each with the names that Hugging Face gives its settings and
// tensors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace nibble::offline {

/// One thing, named twice.
struct NamePair {
  std::string_view gguf, huggingface;
};

/// How a tensor differs from Hugging Face's.
enum class TensorChange {
  None,
  InterleavedQuery,  ///< rows of heads whose rotary pairs are (2i, 2i + 1)
  InterleavedKey,    ///< the same, of the heads of keys
  PlusOne,           ///< gains, 1 larger
  Transposed,        ///< [outputs, inputs], where Hugging Face has [inputs, outputs]
  SplitQkv,          ///< all queries, all keys, all values; Hugging Face has them head by head
};

struct TensorRule {
  std::string_view gguf, huggingface;  ///< without ".weight" or ".bias", and without the layer
  TensorChange change = TensorChange::None;
};

/// A setting that the architecture fixes: GGUF has no key for it.
struct FixedSetting {
  std::string_view huggingface;
  std::string_view json;  ///< its value
};

struct GgufFamily {
  std::string_view name;          ///< general.architecture
  std::string_view architecture;  ///< of config.json
  std::string_view model_type;    ///< of config.json
  std::string_view layer_prefix;  ///< "model.layers."
  std::span<const NamePair> settings;
  std::span<const FixedSetting> fixed;
  std::span<const TensorRule> tensors;        ///< outside the layers
  std::span<const TensorRule> layer_tensors;  ///< behind "blk.<layer>."
  /// Other settings that change nothing, or that tensors say better.
  std::span<const std::string_view> ignored;
};

/// Null for a family that is not known.
const GgufFamily* find_gguf_family(std::string_view name);
/// The same by the name that config.json gives the architecture.
const GgufFamily* find_gguf_family_of(std::string_view architecture);
/// "llama, gpt2": for messages.
std::string gguf_family_names();
/// "LlamaForCausalLM, GPT2LMHeadModel": for messages.
std::string gguf_family_architectures();

/// Whether rotary pairs are rows (2i, 2i + 1) of a head of queries or keys.
bool has_interleaved_heads(const GgufFamily& family);

/// Whether queries, keys and values are one matrix.
bool has_joined_qkv(const GgufFamily& family);

/// A tensor's name, translated.
struct TensorName {
  std::string huggingface;
  TensorChange change = TensorChange::None;
};

/// Nothing for a name that the family does not have.
std::optional<TensorName> translate_tensor(const GgufFamily& family, std::string_view name);

}  // namespace nibble::offline
