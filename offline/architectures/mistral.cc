// Mistral: Llama with a window, in its first version.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/llama.h"
#include "offline/architectures/windows.h"

namespace nibble::offline {
namespace {

std::shared_ptr<const HyperParameters> read_mistral_config(Settings& config) {
  const auto shape = read_llama_like(config);
  const uint32_t window = read_window(config);
  shape->layers = windowed_layers(std::vector<bool>(shape->num_hidden_layers, window != 0), window);
  return shape;
}

}  // namespace

Architecture mistral_architecture() {
  return {"MistralForCausalLM", "mistral", read_mistral_config, compile_decoder};
}

}  // namespace nibble::offline
