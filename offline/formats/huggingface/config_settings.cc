// The settings found in Llama-family config.json files, sorted by what they may do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/huggingface/config_settings.h"

#include <set>
#include <string_view>
#include <vector>

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::json;

/// Read as hyper-parameters.
const std::set<std::string_view> kRead = {"architectures",
                                          "model_type",
                                          "hidden_size",
                                          "intermediate_size",
                                          "num_hidden_layers",
                                          "num_attention_heads",
                                          "num_key_value_heads",
                                          "head_dim",
                                          "vocab_size",
                                          "rms_norm_eps",
                                          "rope_theta",
                                          "rope_scaling",
                                          "rope_parameters",
                                          "tie_word_embeddings",
                                          "max_position_embeddings",
                                          "attention_bias"};

/// Training, generation defaults, provenance, and token ids that the tokenizer's reader judges.
const std::set<std::string_view> kIgnored = {"_name_or_path",
                                             "_commit_hash",
                                             "_attn_implementation",
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
                                             "is_llama_config",
                                             "label2id",
                                             "license",
                                             "max_length",
                                             "min_length",
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

/// These change the computation unless they have this value.
struct Neutral {
  std::string_view key;
  Json value;
};
const std::vector<Neutral> kNeutral = {
    {"hidden_act", "silu"},         {"mlp_bias", false},           {"pretraining_tp", 1},
    {"rope_interleaved", false},    {"use_sliding_window", false}, {"partial_rotary_factor", 1},
    {"is_encoder_decoder", false},  {"is_decoder", false},         {"add_cross_attention", false},
    {"tie_encoder_decoder", false}, {"embedding_multiplier", 1},   {"residual_multiplier", 1},
    {"logits_scaling", 1}};

}  // namespace

void check_settings(const Json& config, const std::string& where) {
  std::set<std::string_view> neutral;
  for (const auto& [key, value] : kNeutral) {
    neutral.insert(key);
    const auto found = config.find(key);
    if (found != config.end() && !found->is_null() && *found != value) {
      throw InputError(where + "/" + std::string(key),
                       "is " + found->dump() + "; only " + value.dump() + " is supported");
    }
  }
  for (const auto& [key, value] : config.items()) {
    if (value.is_null() || kRead.contains(key) || kIgnored.contains(key) || neutral.contains(key)) {
      continue;
    }
    throw InputError(where + "/" + key,
                     "is not supported; if this setting does not change what the model computes, "
                     "take it out of the file");
  }
}

}  // namespace nibble::offline
