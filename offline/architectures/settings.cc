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

void read_sizes(Settings& config, HyperParameters& shape) {
  shape.hidden_size = config["hidden_size"].count(format::kMaxColumns);
  shape.intermediate_size = config["intermediate_size"].count(format::kMaxColumns);
  shape.num_hidden_layers = config["num_hidden_layers"].count(format::kMaxLayers);
  shape.num_attention_heads = config["num_attention_heads"].count(format::kMaxHeads);
  shape.num_key_value_heads =
      config["num_key_value_heads"].count_or(format::kMaxHeads, shape.num_attention_heads);
  shape.vocab_size = config["vocab_size"].count(format::kMaxVocabulary);
  shape.max_position_embeddings =
      config["max_position_embeddings"].count(format::kMaxContextTokens);
  shape.tie_word_embeddings = config["tie_word_embeddings"].flag_or(false);
}

void read_head_dimension(Settings& config, HyperParameters& shape) {
  const JsonValue given = config["head_dim"], heads = config["num_attention_heads"];
  if (!given.exists() && shape.hidden_size % shape.num_attention_heads != 0) {
    heads.refuse("must divide hidden_size, which is " + std::to_string(shape.hidden_size) +
                 ", unless head_dim is given");
  }
  shape.head_dim =
      given.count_or(format::kMaxColumns, shape.hidden_size / shape.num_attention_heads);
  if (shape.head_dim % 8 != 0 || shape.head_dim > format::kMaxHeadDimension) {
    (given.exists() ? given : heads)
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

void read_common(Settings& config, HyperParameters& shape) {
  read_sizes(config, shape);
  if (shape.num_attention_heads % shape.num_key_value_heads != 0) {
    config["num_key_value_heads"].refuse("must divide num_attention_heads, which is " +
                                         std::to_string(shape.num_attention_heads));
  }
  read_head_dimension(config, shape);
  if (uint64_t{shape.head_dim} * shape.num_attention_heads > format::kMaxColumns) {
    config["num_attention_heads"].refuse("makes all heads together too wide; at most " +
                                         std::to_string(format::kMaxColumns) +
                                         " elements are supported");
  }
}

}  // namespace nibble::offline
