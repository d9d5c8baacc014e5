// The list of architectures: the one place that a new one is added to.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/registry.h"

#include <span>

// One entry per family: the function that describes it, which the family's page defines.
#define NIBBLE_ARCHITECTURES(ARCHITECTURE) \
  ARCHITECTURE(llama_architecture)         \
  ARCHITECTURE(mistral_architecture)       \
  ARCHITECTURE(smollm3_architecture)       \
  ARCHITECTURE(mobilellm_architecture)     \
  ARCHITECTURE(qwen2_architecture)         \
  ARCHITECTURE(qwen3_architecture)         \
  ARCHITECTURE(olmo2_architecture)         \
  ARCHITECTURE(granite_architecture)       \
  ARCHITECTURE(stablelm_architecture)      \
  ARCHITECTURE(phi3_architecture)          \
  ARCHITECTURE(gpt2_architecture)          \
  ARCHITECTURE(gpt_neox_architecture)      \
  ARCHITECTURE(opt_architecture)           \
  ARCHITECTURE(gemma_architecture)         \
  ARCHITECTURE(gemma2_architecture)        \
  ARCHITECTURE(gemma3_architecture)        \
  ARCHITECTURE(phi_architecture)           \
  ARCHITECTURE(starcoder2_architecture)    \
  ARCHITECTURE(falcon_architecture)

namespace nibble::offline {

#define NIBBLE_DECLARE(describe) Architecture describe();
NIBBLE_ARCHITECTURES(NIBBLE_DECLARE)
#undef NIBBLE_DECLARE

namespace {

#define NIBBLE_DESCRIBE(describe) describe(),
std::span<const Architecture> architectures() {
  static const Architecture all[] = {NIBBLE_ARCHITECTURES(NIBBLE_DESCRIBE)};
  return all;
}
#undef NIBBLE_DESCRIBE

}  // namespace

const Architecture* find_architecture(std::string_view name) {
  for (const Architecture& architecture : architectures()) {
    if (architecture.name == name || architecture.model_type == name) return &architecture;
  }
  return nullptr;
}

std::string architecture_list() {
  std::string lines;
  for (const Architecture& architecture : architectures()) {
    lines += std::string(architecture.name) + " " + std::string(architecture.model_type) + "\n";
  }
  return lines;
}

std::string architecture_names() {
  std::string names;
  for (const Architecture& architecture : architectures()) {
    names += (names.empty() ? "" : ", ") + std::string(architecture.name);
  }
  return names;
}

}  // namespace nibble::offline
