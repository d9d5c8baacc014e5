// Scores as JSON: what `nibble eval --json` and the reports of `nibble pack` have in common.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "offline/evaluate/perplexity.h"

namespace nibble::offline {

// Numbers that are infinite become null.
nlohmann::ordered_json likelihood_json(const Likelihood& likelihood);
nlohmann::ordered_json distance_json(const Distance& distance);
nlohmann::ordered_json protocol_json(const ScoreProtocol& protocol);

}  // namespace nibble::offline
