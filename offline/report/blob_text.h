// A blob laid open: header, hyper-parameters, sections, tensors and program, as text and as JSON.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "runtime/format/reader.h"

namespace nibble::offline {

std::string blob_text(const format::ManifestView& manifest);
nlohmann::ordered_json blob_json(const format::ManifestView& manifest);

}  // namespace nibble::offline
