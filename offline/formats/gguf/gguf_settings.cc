// Renames settings, and finds in the tensors what has no key.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/gguf_settings.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>
#include <set>

#include "offline/files/input_error.h"
#include "offline/formats/gguf/block_weights.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

const GgufTensor* find_tensor(const GgufFile& file, std::string_view name) {
  const auto found = std::ranges::find(file.tensors, name, &GgufTensor::name);
  return found == file.tensors.end() ? nullptr : &*found;
}

/// A list that says the same of each layer counts as one value.
Json single_value(const JsonValue& value) {
  if (!value.json().is_array()) return value.json();
  const Json& list = value.json();
  if (list.empty() || std::ranges::any_of(list, [&](const Json& one) { return one != list[0]; })) {
    value.refuse("differs from layer to layer, which is not supported");
  }
  return list[0];
}

/// The factors by which Llama 3 lengthens a wave (see RopeScaling::Llama3), with its publishers'
/// constants.
constexpr double kLowFactor = 1, kHighFactor = 4, kOriginalContext = 8192;

double llama3_factor(double factor, double theta, uint32_t pair, uint32_t pairs) {
  const double frequency = std::pow(theta, -1.0 * pair / pairs);
  const double turns = kOriginalContext * frequency / (2 * std::numbers::pi);
  if (turns < kLowFactor) return factor;
  if (turns > kHighFactor) return 1;
  const double smooth = (turns - kLowFactor) / (kHighFactor - kLowFactor);
  return 1 / ((1 - smooth) / factor + smooth);
}

/// GGUF has a tensor of factors where config.json says how they are computed.
Json scaling_of_factors(const GgufFile& file, const GgufTensor& tensor, double theta) {
  std::vector<float> factors(tensor.columns);
  map_blocks(tensor, file.mapping)->read_rows(0, factors);
  const double factor = factors.back();
  for (uint32_t i = 0; i < factors.size(); ++i) {
    const double expected = llama3_factor(factor, theta, i, tensor.columns);
    if (std::fabs(factors[i] - expected) <= 1e-4 * expected) continue;
    throw InputError("tensor " + tensor.name,
                     "has rotary factors that are not those of Llama 3, which is not supported");
  }
  return {{"rope_type", "llama3"},
          {"factor", factor},
          {"low_freq_factor", kLowFactor},
          {"high_freq_factor", kHighFactor},
          {"original_max_position_embeddings", static_cast<uint64_t>(kOriginalContext)}};
}

/// Settings of one file, while they are renamed.
class Translation {
 public:
  Translation(const GgufFile& file, const GgufFamily& family)
      : file_(file), family_(family), prefix_(std::string(family.name) + ".") {
    config_["architectures"] = {family.architecture};
    config_["model_type"] = family.model_type;
  }

  Json translate() {
    for (const NamePair& name : family_.settings) {
      const JsonValue value = take(name.gguf);
      if (value.exists()) config_[std::string(name.huggingface)] = single_value(value);
    }
    for (const FixedSetting& setting : family_.fixed) {
      config_[std::string(setting.huggingface)] = Json::parse(setting.json);
    }
    read_heads();
    read_scaling();
    read_tensors();
    for (const std::string_view key : family_.ignored) take(key);
    refuse_others();
    return config_;
  }

 private:
  JsonValue take(std::string_view key) {
    known_.insert(prefix_ + std::string(key));
    return file_.metadata[prefix_ + std::string(key)];
  }

  void read_heads() {
    const JsonValue values = take("attention.value_length"), keys = take("attention.key_length");
    if (values.exists() && values.json() != keys.json()) {
      values.refuse("differs from key_length, which is not supported");
    }
  }

  void read_scaling() {
    const JsonValue type = take("rope.scaling.type"), factor = take("rope.scaling.factor");
    take("rope.scaling.original_context_length");
    take("rope.scaling.finetuned");
    if (type.exists() && type.text() != "none") {
      if (type.text() != "linear") type.refuse("is " + type.quoted() + "; linear is supported");
      config_["rope_scaling"] = {{"rope_type", "linear"}, {"factor", factor.json()}};
    }
    if (const GgufTensor* const factors = find_tensor(file_, "rope_freqs.weight")) {
      const double theta = take("rope.freq_base").number_or(1, 1e12, 10000);
      config_["rope_scaling"] = scaling_of_factors(file_, *factors, theta);
    }
  }

  void read_tensors() {
    const GgufTensor* const embedding = find_tensor(file_, "token_embd.weight");
    if (embedding == nullptr) {
      file_.metadata.refuse("has no tensor token_embd.weight; is this a language model?");
    }
    config_["vocab_size"] = uint64_t{embedding->rows};
    config_["tie_word_embeddings"] = find_tensor(file_, "output.weight") == nullptr;
    if (family_.name == "llama" && find_tensor(file_, "blk.0.attn_q.bias") != nullptr) {
      config_["attention_bias"] = true;
    }
  }

  void refuse_others() const {
    for (const std::string& key : file_.metadata.keys()) {
      if (!key.starts_with(prefix_) || known_.contains(key)) continue;
      file_.metadata[key].refuse("is a setting that is not known; it might change the model");
    }
  }

  const GgufFile& file_;
  const GgufFamily& family_;
  std::string prefix_;
  std::set<std::string> known_;
  Json config_;
};

}  // namespace

Json gguf_settings(const GgufFile& file, const GgufFamily& family) {
  return Translation(file, family).translate();
}

}  // namespace nibble::offline
