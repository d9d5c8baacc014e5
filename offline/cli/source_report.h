// A model as its publisher ships it, laid open: format, settings, tokenizer, tensors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/formats/source_model.h"

namespace nibble::offline {

std::string source_text(const SourceModel& model);
nlohmann::ordered_json source_json(const SourceModel& model);

}  // namespace nibble::offline
