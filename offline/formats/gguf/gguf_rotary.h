// Rotary positions of a GGUF file: keys, and tensors of factors, as config.json says them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "offline/formats/gguf/family_keys.h"

namespace nibble::offline {

inline constexpr const char* kWaveFactors = "rope_freqs.weight";
inline constexpr const char* kLongFactors = "rope_factors_long.weight";
inline constexpr const char* kShortFactors = "rope_factors_short.weight";

/// Adds base, part and scaling to `config`. Throws InputError, with the key, for what is malformed
/// and for scalings that are not supported.
/// @pre the sizes in `config` are set, as far as the file has them
void add_rotary_settings(FamilyKeys& keys, nlohmann::json& config);

}  // namespace nibble::offline
