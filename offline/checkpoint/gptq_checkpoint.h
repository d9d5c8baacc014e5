// A quantized network as a GPTQ checkpoint: the tensors, and the settings that say how to read
// them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/architectures/network.h"

namespace nibble::offline {

/// What GPTQ loaders look for in config.json as `quantization_config`. The scheme of most matrices
/// is its own; each other one is an entry of `dynamic`, by the name of its module.
nlohmann::ordered_json gptq_settings(const Network& network, const std::string& tool);

/// Writes model.safetensors. Matrices of blocks whose weights are codes become `qweight`, `qzeros`,
/// `scales` and `g_idx`; all else becomes halves under its own name: vectors, and embedding and
/// head, which GPTQ loaders do not expect in codes.
/// @param network  every matrix's source holds codes in its scheme, or its scheme is F16
/// Throws OutputError, and InputError for a weight that no half holds.
void write_gptq_tensors(const Network& network, const std::filesystem::path& path);

}  // namespace nibble::offline
