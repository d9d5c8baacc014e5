// What was packed, as a table and as JSON.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/pack/pack.h"

namespace nibble::offline {

/// @param path  of the blob
std::string pack_text(const std::string& path, const PackedBlob& packed);
nlohmann::ordered_json pack_json(const std::string& path, const PackedBlob& packed,
                                 const Budget& budget);

}  // namespace nibble::offline
