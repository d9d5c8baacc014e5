// Hyper-parameters out of config.json, each within the blob's limits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/config_json.h"

#include <algorithm>
#include <cmath>

#include "offline/files/input_error.h"
#include "offline/files/json_file.h"
#include "offline/formats/huggingface/config_settings.h"
#include "runtime/format/blob.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

/// An object of the document, and where it is.
class Section {
 public:
  Section(const Json& values, std::string where) : values_(values), where_(std::move(where)) {}

  /// Null counts as absent, as it does for transformers.
  bool has(const char* key) const { return values_.contains(key) && !values_[key].is_null(); }
  const Json& at(const char* key) const {
    if (!has(key)) refuse(key, "is missing");
    return values_[key];
  }
  [[noreturn]] void refuse(const std::string& key, const std::string& what) const {
    throw InputError(where_ + "/" + key, what);
  }
  std::string path(const char* key) const { return where_ + "/" + key; }

  uint32_t count(const char* key, uint32_t limit) const {
    const Json& value = at(key);
    if (!value.is_number_unsigned() || value.get<uint64_t>() < 1 || value.get<uint64_t>() > limit) {
      refuse(key, "is " + value.dump() + ", must be an integer from 1 to " + std::to_string(limit));
    }
    return value.get<uint32_t>();
  }
  uint32_t count_or(const char* key, uint32_t limit, uint32_t otherwise) const {
    return has(key) ? count(key, limit) : otherwise;
  }
  double number(const char* key, double least, double most) const {
    const Json& value = at(key);
    if (!value.is_number() || !(value.get<double>() >= least && value.get<double>() <= most)) {
      refuse(key, "is " + value.dump() + ", must be a number from " + Json(least).dump() + " to " +
                      Json(most).dump());
    }
    return value.get<double>();
  }
  bool flag_or(const char* key, bool otherwise) const {
    if (!has(key)) return otherwise;
    if (!at(key).is_boolean()) refuse(key, "must be true or false");
    return at(key).get<bool>();
  }

 private:
  const Json& values_;
  std::string where_;
};

void check_architecture(const Section& config, HyperParameters& shape) {
  shape.architecture = "LlamaForCausalLM";
  const Json& architectures = config.at("architectures");
  if (architectures != Json::array({shape.architecture})) {
    config.refuse("architectures", "is " + architectures.dump() +
                                       "; of the architectures, LlamaForCausalLM is supported");
  }
  if (config.at("model_type") != "llama") {
    config.refuse("model_type",
                  "is " + config.at("model_type").dump() + "; \"llama\" is supported");
  }
}

void read_sizes(const Section& config, HyperParameters& shape) {
  shape.hidden_size = config.count("hidden_size", format::kMaxColumns);
  shape.intermediate_size = config.count("intermediate_size", format::kMaxColumns);
  shape.num_hidden_layers = config.count("num_hidden_layers", format::kMaxLayers);
  shape.num_attention_heads = config.count("num_attention_heads", format::kMaxHeads);
  shape.num_key_value_heads =
      config.count_or("num_key_value_heads", format::kMaxHeads, shape.num_attention_heads);
  shape.vocab_size = config.count("vocab_size", format::kMaxVocabulary);
  shape.max_position_embeddings =
      config.count("max_position_embeddings", format::kMaxContextTokens);
  shape.rms_norm_eps = static_cast<float>(config.number("rms_norm_eps", 1e-12, 1e-1));
  shape.tie_word_embeddings = config.flag_or("tie_word_embeddings", false);
  shape.attention_bias = config.flag_or("attention_bias", false);
}

void read_heads(const Section& config, HyperParameters& shape) {
  if (shape.num_attention_heads % shape.num_key_value_heads != 0) {
    config.refuse("num_key_value_heads", "must divide num_attention_heads, which is " +
                                             std::to_string(shape.num_attention_heads));
  }
  if (!config.has("head_dim") && shape.hidden_size % shape.num_attention_heads != 0) {
    config.refuse("num_attention_heads", "must divide hidden_size, which is " +
                                             std::to_string(shape.hidden_size) +
                                             ", unless head_dim is given");
  }
  shape.head_dim = config.count_or("head_dim", format::kMaxColumns,
                                   shape.hidden_size / shape.num_attention_heads);
  if (shape.head_dim % 8 != 0 || shape.head_dim > format::kMaxHeadDimension) {
    config.refuse(config.has("head_dim") ? "head_dim" : "num_attention_heads",
                  "makes heads of " + std::to_string(shape.head_dim) +
                      " elements; multiples of 8 up to " +
                      std::to_string(format::kMaxHeadDimension) + " are supported");
  }
  if (static_cast<uint64_t>(shape.head_dim) * shape.num_attention_heads > format::kMaxColumns) {
    config.refuse("num_attention_heads", "all heads together are too wide; at most " +
                                             std::to_string(format::kMaxColumns) +
                                             " elements are supported");
  }
}

void read_llama3(const Section& scaling, HyperParameters& shape) {
  shape.rope_low_frequency_factor = scaling.number("low_freq_factor", 1e-3, 1e6);
  shape.rope_high_frequency_factor = scaling.number("high_freq_factor", 1e-3, 1e6);
  shape.rope_original_context =
      scaling.count("original_max_position_embeddings", format::kMaxContextTokens);
  if (shape.rope_high_frequency_factor <= shape.rope_low_frequency_factor) {
    scaling.refuse("high_freq_factor", "must be larger than low_freq_factor");
  }
}

/// Older files say "type", newer ones "rope_type"; a file with both must mean one thing.
std::string scaling_type(const Section& scaling) {
  const char* const key = scaling.has("rope_type") ? "rope_type" : "type";
  const Json& type = scaling.at(key);
  if (!type.is_string()) scaling.refuse(key, "must be a string");
  if (scaling.has("type") && scaling.at("type") != type) {
    scaling.refuse("type", "differs from rope_type; keep one of them");
  }
  return type.get<std::string>();
}

void read_scaling(const Section& scaling, const Json& values, HyperParameters& shape) {
  const std::string type = scaling_type(scaling);
  std::vector<std::string> known = {"type", "rope_type", "rope_theta"};
  if (type == "linear") {
    shape.rope_scaling = RopeScaling::Linear;
    known.insert(known.end(), {"factor"});
  } else if (type == "llama3") {
    shape.rope_scaling = RopeScaling::Llama3;
    read_llama3(scaling, shape);
    known.insert(known.end(), {"factor", "low_freq_factor", "high_freq_factor",
                               "original_max_position_embeddings"});
  } else if (type != "default") {
    scaling.refuse(scaling.has("rope_type") ? "rope_type" : "type",
                   "\"" + type + "\" is not supported; linear and llama3 are");
  }
  if (type != "default") shape.rope_factor = scaling.number("factor", 1, 1e6);
  for (const auto& [key, value] : values.items()) {
    if (!value.is_null() && std::find(known.begin(), known.end(), key) == known.end()) {
      scaling.refuse(key, "is not a setting of \"" + type + "\" scaling that is supported");
    }
  }
}

constexpr double kLeastTheta = 1, kMostTheta = 1e12;

/// rope_theta and rope_scaling, or what newer files join as rope_parameters.
void read_rotary(const Section& config, HyperParameters& shape) {
  const char* const key = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
  if (config.has("rope_parameters") && config.has("rope_scaling")) {
    config.refuse("rope_scaling", "stands beside rope_parameters; keep one of them");
  }
  if (config.has("rope_theta")) {
    shape.rope_theta = config.number("rope_theta", kLeastTheta, kMostTheta);
  }
  if (!config.has(key)) return;
  const Json& values = config.at(key);
  if (!values.is_object()) config.refuse(key, "must be an object");
  const Section scaling(values, config.path(key));
  read_scaling(scaling, values, shape);
  if (!scaling.has("rope_theta")) return;
  const double theta = scaling.number("rope_theta", kLeastTheta, kMostTheta);
  if (config.has("rope_theta") && theta != shape.rope_theta) {
    scaling.refuse("rope_theta", "differs from the rope_theta above it; keep one of them");
  }
  shape.rope_theta = theta;
}

}  // namespace

HyperParameters read_hyper_parameters(const Json& config, const std::string& where) {
  if (!config.is_object()) throw InputError(where + ": /", "must be an object");
  const Section section(config, where + ": ");
  HyperParameters shape;
  check_architecture(section, shape);
  check_settings(config, where + ": ");
  read_sizes(section, shape);
  read_heads(section, shape);
  read_rotary(section, shape);
  return shape;
}

HyperParameters read_config_file(const std::filesystem::path& path) {
  return read_hyper_parameters(read_json_file(path), path.string());
}

}  // namespace nibble::offline
