// Checks a program once, so that nothing has to be checked while it runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/status.h>

#include "runtime/program/program.h"

namespace nibble::program {

/// Proves that every op's operands exist, have the types and shapes that docs/FORMAT.md 4.6 states,
/// and were written before they are read; that the blob announced the op's generation; and that the
/// last op leaves the logits.
/// @param features  Header::required_features
/// @pre the tables passed the reader's checks: known types, counts and shapes within their limits
/// @returns BadOp | OpReadsUnwritten, both with where = op. Cost: O(ops + buffers²).
Status verify_program(const format::Manifest& manifest, uint32_t features, const Program& program);

}  // namespace nibble::program
