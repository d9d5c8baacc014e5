// Rotary position embedding as the runtime wants it: phase increments in 2^-64 turns.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/formats/source_model.h"

namespace nibble::offline {

/// For each of head_dim / 2 pairs the phase one position adds, scaling included.
std::vector<uint64_t> rotary_increments(const HyperParameters& shape);

}  // namespace nibble::offline
