// MobileLLM: Llama that says in words of its own that its head is tied.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_mobilellm_config(Settings& config) {
  const auto shape = read_llama_like(config);
  shape->tie_word_embeddings = config["share_embedding"].flag_or(shape->tie_word_embeddings);
  for (const char* const key : {"layer_sharing", "attention_bias", "mlp_bias"}) {
    config.require(key, false);
  }
  config.require("pretraining_tp", 1);
  return shape;
}

}  // namespace

Architecture mobilellm_architecture() {
  return {"MobileLLMForCausalLM", "mobilellm", read_mobilellm_config, compile_decoder};
}

}  // namespace nibble::offline
