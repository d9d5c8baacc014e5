// What lies where in the payload: chunks of a section, tensors inside Weights, rows of buffers.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/layout.h"
#include "runtime/format/reader.h"

namespace nibble::format {

/// A chunk in its place.
struct Chunk {
  const ChunkRecord* record = nullptr;
  uint32_t index = 0;        ///< among all chunks of the blob: what Failure::where names
  uint64_t blob_offset = 0;  ///< of the stored bytes
  uint64_t raw_offset = 0;   ///< of the unpacked bytes, in the section
  uint32_t raw_bytes = 0;
};

/// Walks a section's chunks in order: blob offsets ascend without gaps, so do raw offsets.
class ChunkCursor {
 public:
  ChunkCursor(const ManifestView& view, SectionKind kind);
  /// Moves to the next chunk (the first, at first). False: there is none.
  bool next(Chunk& chunk);

 private:
  Span<const ChunkRecord> chunks_;
  uint32_t index_ = 0;
  uint64_t blob_offset_ = 0;
  uint64_t raw_offset_ = 0;
  uint64_t raw_left_ = 0;
};

/// Where each tensor starts inside Weights.
/// @param tensors  types known, shapes within limits
/// @param offsets  [tensors.size()], or empty when only the total is wanted
/// @returns the section's raw bytes, to the end of the last tensor | SizeOverflow
Result<uint64_t> tensor_offsets(Span<const TensorRecord> tensors, Span<uint64_t> offsets);

/// Bytes that the buffers of one kind take for each row: its area is that times the rows.
Checked buffer_area_bytes_per_row(Span<const BufferRecord> buffers, BufferRows rows);

/// Refuses padding that holds data.
/// @param blob_offset  of `padding`, for the message
/// @returns PaddingNotZero
Status check_padding(Bytes padding, uint64_t blob_offset);

}  // namespace nibble::format
