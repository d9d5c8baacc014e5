// Climbs from the cheapest way to quantize to the dearest; stops at the first that loses little.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <vector>

#include "offline/tune/variant.h"

namespace nibble::offline {

/// Whether a ladder may end with training end to end, which takes its time.
enum class EndToEnd { No, Yes };

/// The rungs: the methods of kCalibrationMethods that do not train, in that order and without
/// mismatch correction; the best of them with twice the samples; with correction; trained block by
/// block. The best method so far with groups of 64 and of 32; with a scheme for each matrix, as
/// find_smallest() has it; with attention in INT8; with all in INT8. At last, all INT8 trained end
/// to end, where that is allowed.
/// @param maker      judges
/// @param tokenizer  of the model
/// @param schemes    of the first rungs
/// @param report     called with every variant as soon as it was judged
/// @returns the rungs; the chosen one passed
/// Throws InputError.
Trials climb_ladder(const VariantMaker& maker, const Tokenizer& tokenizer,
                    const SchemeChoice& schemes, const SessionConfig& session, EndToEnd end_to_end,
                    const std::function<void(const Variant&)>& report);

}  // namespace nibble::offline
