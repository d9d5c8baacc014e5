// The weight file of a generated model: names and shapes of Llama, elements from a counter.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

#include "tests/models/generated_model.h"

namespace nibble::test {

/// Matrices keep the variance of their input, norm weights are around 1, and biases around 0, so
/// that logits stay finite and differ. Writes as it goes; memory use does not grow with the model.
void write_weights(const Recipe& recipe, const std::filesystem::path& path);

}  // namespace nibble::test
