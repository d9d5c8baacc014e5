// Variants that were tried, in words and as JSON.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "offline/tune/variant.h"

namespace nibble::offline {

/// "gptq: 4.125 bits per weight, loss 1.21 % (at most 1.43 %), mean KL 0.0113: passed"
std::string variant_text(const Variant& variant);

/// {"variants": [one object each], "chosen": the chosen one's name or null}
nlohmann::ordered_json trials_json(const Trials& trials);

/// What to do where nothing passed. @pre at least one variant was judged
std::string recommendation(const Trials& trials, double max_loss_percent);

}  // namespace nibble::offline
