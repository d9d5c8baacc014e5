// Plans where activation buffers are stored: those that are never live together share bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>

#include "runtime/format/blob.h"

namespace nibble::offline {

/// Sets every buffer's row_offset_bytes. A buffer is live from the op that writes it afresh to the
/// last op that reads that content; an op's inputs and outputs are live together.
/// The result depends on the arguments alone. @pre ops name only these buffers
void plan_buffers(std::span<const format::OpRecord> ops, std::span<format::BufferRecord> buffers);

}  // namespace nibble::offline
