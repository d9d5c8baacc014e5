// SHA-256 by the CPU's own instructions, where it has them; use_best_sha256() is their public face.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/sha256.h"

namespace nibble {

/// @param features  of cpu_features()
/// @returns functions that use vector registers | null: this CPU, or this build, has none
const format::Sha256Functions* accelerated_sha256(uint64_t features);

}  // namespace nibble
