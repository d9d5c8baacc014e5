// Qwen 1.5, 2 and 2.5: Llama with biases on queries, keys and values.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_qwen2_config(Settings& config) {
  const auto shape = read_llama_like(config);
  shape->qkv_bias = true;
  read_qwen_windows(config, *shape);
  config.require("use_mrope", false);
  return shape;
}

}  // namespace

Architecture qwen2_architecture() {
  return {"Qwen2ForCausalLM", "qwen2", read_qwen2_config, compile_decoder};
}

}  // namespace nibble::offline
