// Qwen 3: Llama whose queries and keys are normalized, head by head.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_qwen3_config(Settings& config) {
  const auto shape = read_llama_like(config, {.default_head_dimension = 128});
  shape->head_norm = HeadNorm::EachHead;
  shape->qkv_bias = shape->output_bias = config["attention_bias"].flag_or(false);
  read_qwen_windows(config, *shape);
  return shape;
}

}  // namespace

Architecture qwen3_architecture() {
  return {"Qwen3ForCausalLM", "qwen3", read_qwen3_config, compile_decoder};
}

}  // namespace nibble::offline
