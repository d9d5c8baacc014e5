// Renames settings, and finds in the tensors what has no key.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_settings.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "offline/architectures/registry.h"
#include "offline/architectures/windows.h"
#include "offline/formats/gguf/family_keys.h"
#include "offline/formats/gguf/gguf_rotary.h"
#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

constexpr const char* kWindow = "sliding_window";

/// A list that says the same of each layer counts as one value.
Json single_value(const JsonValue& value) {
  if (!value.json().is_array()) return value.json();
  const Json& list = value.json();
  if (list.empty() || std::ranges::any_of(list, [&](const Json& one) { return one != list[0]; })) {
    value.refuse("differs from layer to layer, which is not supported");
  }
  return list[0];
}

/// Settings of one file, while they are renamed.
class Translation {
 public:
  Translation(const GgufFile& file, const GgufFamily& family)
      : file_(file), family_(family), keys_(file, family) {}

  Json translate() {
    name_architecture(family_.architecture);
    for (const NamePair& name : family_.settings()) {
      const JsonValue value = keys_.take(name.gguf);
      if (value.exists()) config_[std::string(name.huggingface)] = single_value(value);
    }
    add(family_.activation);
    std::ranges::for_each(family_.fixed, [this](const FixedSetting& one) { add(one); });
    read_heads();
    add_rotary_settings(keys_, config_);
    read_windows();
    read_tensors();
    if (family_.complete != nullptr) family_.complete(family_, file_, config_);
    keys_.take("vocab_size");  // the embedding says it
    keys_.refuse_others();
    return config_;
  }

 private:
  void name_architecture(std::string_view name) {
    config_["architectures"] = {name};
    config_["model_type"] = find_architecture(name)->model_type;
  }
  void add(const FixedSetting& setting) {
    config_[std::string(setting.huggingface)] = Json::parse(setting.json);
  }

  /// A head's width is the model's by the heads, whatever an architecture has for a default.
  void read_heads() {
    const JsonValue keys = keys_.take("attention.key_length");
    const Json width = keys.exists() ? keys.json() : width_of_heads();
    const JsonValue values = keys_.take("attention.value_length");
    if (values.exists() && values.json() != width) {
      values.refuse("differs from key_length, which is not supported");
    }
    const bool has_setting =
        std::ranges::find(family_.heads, "head_dim", &NamePair::huggingface) != family_.heads.end();
    if (has_setting && !keys.exists() && !width.is_null()) config_["head_dim"] = width;
  }
  /// Nothing where the settings, which are as yet unchecked, do not divide.
  Json width_of_heads() const {
    const uint64_t heads = count_in(config_, "num_attention_heads");
    const uint64_t width = count_in(config_, "hidden_size");
    if (heads == 0 || width % heads != 0) return nullptr;
    return width / heads;
  }

  void read_windows() {
    if (family_.windows == WindowForm::None) return;
    const JsonValue window = keys_.take("attention.sliding_window");
    const JsonValue pattern = keys_.take("attention.sliding_window_pattern");
    const bool slides = window.exists() && window.whole_number() != 0;
    if (slides) config_[kWindow] = window.json();
    if (family_.windows == WindowForm::Uniform) {
      if (pattern.exists()) pattern.refuse_as_unsupported();
      if (slides && !family_.windowed_architecture.empty()) {
        name_architecture(family_.windowed_architecture);
      }
      return;
    }
    const bool always_slides = family_.window_period != 0;
    if (!slides && !always_slides) return;
    if (!always_slides) config_["use_sliding_window"] = true;
    config_["layer_types"] = layer_types(pattern, window);
  }

  Json layer_types(const JsonValue& pattern, const JsonValue& window) const {
    const uint64_t count = count_in(config_, "num_hidden_layers");
    if (!pattern.exists() && family_.window_period == 0) {
      window.refuse("is given without sliding_window_pattern, which says which layers it is of");
    }
    const bool is_listed = pattern.json().is_array();
    const uint32_t period =
        is_listed ? 0 : pattern.count_or(2 * format::kMaxLayers, family_.window_period);
    if (is_listed && pattern.array_size() != count) pattern.refuse("must have one flag per layer");
    Json types = Json::array();
    for (uint64_t layer = 0; layer < std::min<uint64_t>(count, format::kMaxLayers); ++layer) {
      const bool slides = is_listed ? pattern[static_cast<size_t>(layer)].flag()
                                    : !ends_period(static_cast<uint32_t>(layer), period);
      types.push_back(slides ? "sliding_attention" : "full_attention");
    }
    return types;
  }

  void read_tensors() {
    const GgufTensor* const embedding = file_.find_tensor("token_embd.weight");
    if (embedding == nullptr) {
      file_.metadata.refuse("has no tensor token_embd.weight; is this a language model?");
    }
    config_["vocab_size"] = uint64_t{embedding->rows};
    config_["tie_word_embeddings"] = file_.find_tensor("output.weight") == nullptr;
    for (const TensorFlag& flag : family_.flags) {
      const bool is_there = file_.find_tensor("blk.0." + std::string(flag.gguf)) != nullptr;
      if (is_there != flag.otherwise) config_[std::string(flag.huggingface)] = is_there;
    }
  }

  const GgufFile& file_;
  const GgufFamily& family_;
  FamilyKeys keys_;
  Json config_;
};

}  // namespace

Json gguf_settings(const GgufFile& file, const GgufFamily& family) {
  return Translation(file, family).translate();
}

}  // namespace nibble::offline
