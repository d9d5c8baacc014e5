// Checks a program once, so that nothing has to be checked while it runs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/blob.h"

namespace nibble::program {

/// The tables a program consists of: views into a manifest.
struct Program {
  Span<const format::TensorRecord> tensors;
  Span<const format::BufferRecord> buffers;
  Span<const format::OpRecord> ops;
};

/// Proves that every op's operands exist, have the types and shapes program/op.h states, and were
/// written before they are read; and that the last op leaves the logits.
/// @pre the tables passed the reader's checks: known types, counts and shapes within their limits
/// @returns BadOp | OpReadsUnwritten, both with where = op. Cost: O(ops + buffers²).
Status verify_program(const format::Manifest& manifest, const Program& program);

}  // namespace nibble::program
