// OLMo 2: norms behind the branches, and over all queries and all keys.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_olmo2_config(Settings& config) {
  const auto shape = read_llama_like(config);
  shape->norm_place = NormPlace::Output;
  shape->head_norm = HeadNorm::AllHeads;
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(false);
  return shape;
}

}  // namespace

Architecture olmo2_architecture() {
  return {"Olmo2ForCausalLM", "olmo2", read_olmo2_config, compile_decoder};
}

}  // namespace nibble::offline
