// Phi 3, 3.5 and 4-mini: Llama with joined matrices, and LongRoPE.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nlohmann/json.hpp>

#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_phi3_config(Settings& config) {
  const uint32_t original =
      config["original_max_position_embeddings"].count_or(format::kMaxContextTokens, 4096);
  const auto shape = read_llama_like(
      config, {}, {.partial = "partial_rotary_factor", .original_context = original});
  shape->qkv = QkvLayout::Joined;
  shape->gate_is_joined = true;
  const uint32_t window = read_window(config);
  shape->layers = windowed_layers(std::vector<bool>(shape->num_hidden_layers, window != 0), window);
  for (const char* const key : {"attention_bias", "mlp_bias"}) config.require(key, false);
  for (const char* const key : {"embd_pdrop", "resid_pdrop"}) config.ignore(key);
  return shape;
}

}  // namespace

Architecture phi3_architecture() {
  return {"Phi3ForCausalLM", "phi3", read_phi3_config, compile_decoder};
}

}  // namespace nibble::offline
