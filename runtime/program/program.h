// A program: the tables of a manifest that are verified together and run together.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include "runtime/format/blob.h"

namespace nibble::program {

/// Views into a manifest, which outlives the program.
struct Program {
  Span<const format::TensorRecord> tensors;
  Span<const format::BufferRecord> buffers;
  Span<const format::OpRecord> ops;

  /// The buffer that the last op leaves the logits in. @pre the program was verified
  uint16_t logits_buffer() const { return ops[ops.size() - 1].output; }
};

}  // namespace nibble::program
