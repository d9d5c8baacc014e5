// What does not fit together in results, in sentences.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/measure/cell_groups.h"

namespace nibble::offline {

/// Memory above the bill, a bill whose parts do not add up, speed below f16's, samples that loop or
/// say nothing, cells and figures that are missing. @returns a sentence for each
std::vector<std::string> find_anomalies(const CellGroup& group);

/// What is wrong with a sample's text: "repeats 2 words over 16"; "" without a fault.
std::string sample_fault(const std::string& text);

}  // namespace nibble::offline
