// What a cycle did with a model, in words and as JSON.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/cycle/cycle.h"

namespace nibble::offline {

/// Some lines. Those of a dry run say so.
std::string outcome_text(const ModelOutcome& outcome);

/// The event's members, or the error of a model without one.
nlohmann::ordered_json outcome_json(const ModelOutcome& outcome);

}  // namespace nibble::offline
