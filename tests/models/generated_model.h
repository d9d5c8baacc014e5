// Models of any shape with pseudo-random weights, for measurements and tests that ignore the text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "offline/architectures/llama.h"
#include "offline/weights/mapped_tensor.h"

namespace nibble::test {

struct Recipe {
  std::string name;  ///< "15m", "110m", "135m", "tiny"
  offline::DecoderParameters shape;
  offline::ElementType type = offline::ElementType::F16;
  uint64_t seed = 1;
};

/// All recipes: the shapes that speed is stated for, and one small model with all that they lack
/// (ragged groups, biases, an untied head, rows and columns that are no multiple of 32).
const std::vector<Recipe>& recipes();

/// Writes a Hugging Face folder: config.json, model.safetensors, tokenizer.model,
/// tokenizer_config.json. The same recipe gives the same bytes on every machine.
/// Throws std::runtime_error when a file cannot be written.
void write_model(const Recipe& recipe, const std::filesystem::path& folder);

}  // namespace nibble::test
