// Climbs from the cheapest way to quantize to the dearest; stops at the first that loses little.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <vector>

#include "offline/tune/variant.h"

namespace nibble::offline {

/// The rungs: every method of kCalibrationMethods that needs no permission, in that order; the best
/// of them with twice the samples; with groups of 64 and of 32; with a scheme for each matrix, as
/// find_smallest() has it; with attention in INT8; with all in INT8.
/// @param maker      judges
/// @param tokenizer  of the model
/// @param schemes    of the first rungs
/// @param report     called with every variant as soon as it was judged
/// @returns the rungs; the chosen one passed
/// Throws InputError.
Trials climb_ladder(const VariantMaker& maker, const Tokenizer& tokenizer,
                    const SchemeChoice& schemes, const SessionConfig& session,
                    const std::function<void(const Variant&)>& report);

}  // namespace nibble::offline
