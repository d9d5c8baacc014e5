// A result cell as the JSON object that docs/ARTIFACTS.md has the members of.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "offline/files/json_value.h"
#include "offline/results/cell.h"

namespace nibble::offline {

nlohmann::ordered_json cell_json(const ResultCell& cell);

/// Throws InputError, naming the member, where one is missing, of another type or out of range, and
/// where the schema is of another version. Members that are not known are passed over.
ResultCell read_cell(const JsonValue& json);

}  // namespace nibble::offline
