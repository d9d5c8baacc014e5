// The list of architectures: the one place that a new one is added to.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/registry.h"

#include <span>

// One entry per family: the function that describes it, which the family's page defines.
#define NIBBLE_ARCHITECTURES(ARCHITECTURE) ARCHITECTURE(llama_architecture)

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

std::string architecture_names() {
  std::string names;
  for (const Architecture& architecture : architectures()) {
    names += (names.empty() ? "" : ", ") + std::string(architecture.name);
  }
  return names;
}

}  // namespace nibble::offline
