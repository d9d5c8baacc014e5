// SHA-256 by the CPU's own instructions, where it has them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/sha256.h"

namespace nibble {

/// @param features  of cpu_features()
/// @returns functions that use vector registers | null: this CPU, or this build, has none
const Sha256Functions* accelerated_sha256(uint64_t features);

/// Lets every hash from now on use them. For those who may touch vector registers at any time:
/// hosted start-up does it before main(), bare images once their start-up code has enabled the
/// registers. Inside an operating system's kernel vector registers belong to the interrupted
/// process: do not call this there, unless all hashing is inside sections that save them.
/// From any thread, any number of times.
void use_best_sha256(uint64_t features);

}  // namespace nibble
