// Keeps account of settings, and reads those that most families share.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/settings.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

const char* const kHarmless[] = {"_name_or_path",
                                 "_commit_hash",
                                 "_attn_implementation",
                                 "architectures",
                                 "attention_dropout",
                                 "attn_implementation",
                                 "auto_map",
                                 "bos_token_id",
                                 "chunk_size_feed_forward",
                                 "decoder_start_token_id",
                                 "do_sample",
                                 "dtype",
                                 "eos_token_id",
                                 "finetuning_task",
                                 "id2label",
                                 "initializer_range",
                                 "label2id",
                                 "license",
                                 "max_length",
                                 "min_length",
                                 "model_type",
                                 "name_or_path",
                                 "output_attentions",
                                 "output_hidden_states",
                                 "pad_token_id",
                                 "problem_type",
                                 "repetition_penalty",
                                 "return_dict",
                                 "task_specific_params",
                                 "temperature",
                                 "tokenizer_class",
                                 "top_k",
                                 "top_p",
                                 "torch_dtype",
                                 "torchscript",
                                 "transformers.js_config",
                                 "transformers_version",
                                 "unsloth_fixed",
                                 "unsloth_version",
                                 "use_cache"};

void read_sizes(Settings& config, const CommonSettings& names, HyperParameters& shape) {
  shape.hidden_size = config[names.width].count(format::kMaxColumns);
  const JsonValue inner = config[names.inner];
  shape.intermediate_size = names.inner_is_optional
                                ? inner.count_or(format::kMaxColumns, 4 * shape.hidden_size)
                                : inner.count(format::kMaxColumns);
  shape.num_hidden_layers = config[names.layers].count(format::kMaxLayers);
  shape.num_attention_heads = config[names.heads].count(format::kMaxHeads);
  shape.num_key_value_heads = shape.num_attention_heads;
  if (names.kv_heads != nullptr) {
    shape.num_key_value_heads =
        config[names.kv_heads].count_or(format::kMaxHeads, shape.num_attention_heads);
  }
  shape.vocab_size = config["vocab_size"].count(format::kMaxVocabulary);
  const JsonValue context = config[names.context];
  shape.max_position_embeddings =
      names.default_context != 0
          ? context.count_or(format::kMaxContextTokens, names.default_context)
          : context.count(format::kMaxContextTokens);
  shape.tie_word_embeddings = config["tie_word_embeddings"].flag_or(names.is_tied);
}

uint32_t given_head_dimension(Settings& config, const CommonSettings& names) {
  if (names.head_dimension == nullptr) return 0;
  return config[names.head_dimension].count_or(format::kMaxColumns, names.default_head_dimension);
}

void read_head_dimension(Settings& config, const CommonSettings& names, HyperParameters& shape) {
  const uint32_t given = given_head_dimension(config, names);
  const JsonValue heads = config[names.heads];
  if (given == 0 && shape.hidden_size % shape.num_attention_heads != 0) {
    const std::string unless = names.head_dimension == nullptr
                                   ? ""
                                   : std::string(", unless ") + names.head_dimension + " is given";
    heads.refuse(std::string("must divide ") + names.width + ", which is " +
                 std::to_string(shape.hidden_size) + unless);
  }
  shape.head_dim = given != 0 ? given : shape.hidden_size / shape.num_attention_heads;
  if (!format::is_head_dimension(shape.head_dim)) {
    (given != 0 ? config[names.head_dimension] : heads)
        .refuse("makes heads of " + std::to_string(shape.head_dim) +
                " elements; multiples of 8 up to " + std::to_string(format::kMaxHeadDimension) +
                " are supported");
  }
}

}  // namespace

Settings::Settings(JsonValue object) : object_(std::move(object)) {
  object_.keys();
}

JsonValue Settings::operator[](const std::string& key) {
  known_.insert(key);
  return object_[key];
}

void Settings::require(const std::string& key, const nlohmann::json& value) {
  const JsonValue given = (*this)[key];
  if (given.exists() && given.json() != value) {
    given.refuse("is " + given.quoted() + "; only " + value.dump() + " is supported");
  }
}

void Settings::ignore_harmless() {
  known_.insert(std::begin(kHarmless), std::end(kHarmless));
}

void Settings::refuse_others(const std::string& what) const {
  for (const std::string& key : object_.keys()) {
    if (object_[key].exists() && !known_.contains(key)) object_[key].refuse(what);
  }
}

void read_common(Settings& config, HyperParameters& shape, const CommonSettings& names) {
  read_sizes(config, names, shape);
  const JsonValue heads = config[names.heads];
  if (shape.num_attention_heads % shape.num_key_value_heads != 0) {
    config[names.kv_heads].refuse(std::string("must divide ") + names.heads + ", which is " +
                                  std::to_string(shape.num_attention_heads));
  }
  read_head_dimension(config, names, shape);
  if (uint64_t{shape.head_dim} * shape.num_attention_heads > format::kMaxColumns) {
    heads.refuse("makes all heads together too wide; at most " +
                 std::to_string(format::kMaxColumns) + " elements are supported");
  }
}

}  // namespace nibble::offline
