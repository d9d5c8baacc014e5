// Which settings of a config.json may be ignored, and which values the others must have.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace nibble::offline {

/// Throws InputError for a setting that is not a hyper-parameter and is neither known to leave the
/// computation alone nor set to the value under which it does. Null counts as absent.
/// @param where  prefix of JSON paths
void check_settings(const nlohmann::json& config, const std::string& where);

}  // namespace nibble::offline
