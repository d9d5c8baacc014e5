// What a program runs on, what one pass over it computes, and where the rows of its buffers are.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include "runtime/format/layout.h"
#include "runtime/kernels/kernels.h"
#include "runtime/program/program.h"

namespace nibble::program {

/// A model's tables and weights, the memory for its activations, and a CPU's kernels. The caches
/// are those of the rows of a pass.
struct Bindings {
  Program program;
  const uint8_t* weights = nullptr;
  Span<const uint64_t> tensor_offsets;  ///< [program.tensors.size()], into `weights`
  const Kernels* kernels = nullptr;
  bool in_streams = false;  ///< See MatMulArguments.
  ParallelFor parallel;
  uint8_t* token_area = nullptr;  ///< Buffers of kind BufferRows::Token.
  uint8_t* logit_area = nullptr;  ///< Buffers of kind BufferRows::Logit.
};

/// One run of the program over tokens [rows], each with the cache and position of its own sequence:
/// a pass may compute rows of several sequences.
struct Pass {
  const uint32_t* tokens = nullptr;
  const RowPlace* places = nullptr;  ///< [rows]
  uint32_t rows = 0;
  uint32_t logit_rows = 0;  ///< Of the last rows; 0: ops on logit rows are skipped.

  uint32_t row_count(format::BufferRows kind) const {
    return kind == format::BufferRows::Token ? rows : logit_rows;
  }
  /// Those up to the last row's, over all sequences.
  uint32_t most_positions() const {
    uint32_t most = 0;
    for (uint32_t row = 0; row < rows; ++row)
      if (places[row].position >= most) most = places[row].position + 1;
    return most;
  }
};

/// The rows of one buffer in a pass.
struct BufferView {
  uint8_t* data;  ///< 64-byte aligned
  uint32_t row_bytes;
  uint32_t rows;

  uint8_t* row(uint32_t index) const { return data + size_t{row_bytes} * index; }
};

/// Where a buffer is stored in a pass. Its contents are those of the last op that wrote it, until
/// an op writes another buffer that the packer's plan put over it. Offsets scale with the rows of
/// the pass, not of the session, so that the buffers of a single token are near each other.
inline BufferView buffer_rows(const Bindings& bindings, const Pass& pass, uint16_t buffer) {
  const format::BufferRecord& record = bindings.program.buffers[buffer];
  const uint32_t rows = pass.row_count(record.rows);
  uint8_t* const area =
      record.rows == format::BufferRows::Token ? bindings.token_area : bindings.logit_area;
  return {.data = area + size_t{record.row_offset_bytes} * rows,
          .row_bytes = format::row_bytes(record),
          .rows = rows};
}

}  // namespace nibble::program
