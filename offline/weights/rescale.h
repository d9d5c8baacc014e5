// Adapters that change values: columns or rows times factors, and gains stored as what is added
// to 1.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/weights/weight_source.h"

namespace nibble::offline {

/// Column i times `factors[i]`, rounded to float.
/// Throws std::invalid_argument unless there is one factor per column.
Weights scale_columns(Weights source, std::vector<float> factors);

/// Row i times `factors[i]`, rounded to float.
/// Throws std::invalid_argument unless there is one factor per row.
Weights scale_rows(Weights source, std::vector<float> factors);

/// Every value plus 1: Gemma stores the gains of its norms as their distance from 1.
Weights add_one(Weights source);
/// Every value minus 1: GGUF stores those gains whole. Undoes add_one() exactly, and is undone by
/// it exactly, for what add_one() makes of floats of at least -1.
Weights subtract_one(Weights source);

}  // namespace nibble::offline
