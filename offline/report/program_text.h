// A blob's program as text and as JSON: its buffers, and each operation with its operands.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/format/reader.h"

namespace nibble::offline {

std::string buffers_text(const format::ManifestView& manifest);
std::string program_text(const format::ManifestView& manifest);
nlohmann::ordered_json buffers_json(const format::ManifestView& manifest);
nlohmann::ordered_json program_json(const format::ManifestView& manifest);

}  // namespace nibble::offline
