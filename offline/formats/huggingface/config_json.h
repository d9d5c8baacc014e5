// config.json of a Llama-family model: read what is understood, refuse the rest by name.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "offline/formats/source_model.h"

namespace nibble::offline {

/// @param where  names the document in messages
/// Throws InputError, with the JSON path, for a value out of range, for numbers that do not divide,
/// and for every setting that would change the computation in a way the packer does not know.
HyperParameters read_hyper_parameters(const nlohmann::json& config, const std::string& where);

HyperParameters read_config_file(const std::filesystem::path& path);

}  // namespace nibble::offline
