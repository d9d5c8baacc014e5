// Where the parts of the payload are stored: chunks of a section, tensors inside Weights; and how
// large the areas of buffers are.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/layout.h"
#include "runtime/format/reader.h"

namespace nibble::format {

/// A chunk, and where it belongs.
struct Chunk {
  const ChunkRecord* record = nullptr;
  uint32_t index = 0;           ///< among all chunks of the blob: what Failure::where names
  uint64_t blob_offset = 0;     ///< of the stored bytes
  uint64_t section_offset = 0;  ///< of the uncompressed bytes, in the section
  uint32_t uncompressed_bytes = 0;
};

/// Walks a section's chunks in order: both offsets ascend without gaps.
class ChunkCursor {
 public:
  ChunkCursor(const ManifestView& view, SectionKind kind);
  /// Moves to the next chunk, the first time to the first one. @returns false when there is none
  bool next(Chunk& chunk);

 private:
  Span<const ChunkRecord> chunks_;
  uint32_t index_ = 0;
  uint64_t blob_offset_ = 0;
  uint64_t section_offset_ = 0;
  uint64_t uncompressed_left_ = 0;
};

/// Where each tensor starts inside Weights.
/// @param tensors  types known, shapes within limits
/// @param offsets  [tensors.size()], or empty when only the total is wanted
/// @returns the section's uncompressed bytes, to the end of the last tensor | SizeOverflow
Result<uint64_t> tensor_offsets(Span<const TensorRecord> tensors, Span<uint64_t> offsets);

/// Bytes per row that the buffers of one kind take: their area is that times the rows.
Checked buffer_area_bytes_per_row(Span<const BufferRecord> buffers, BufferRows rows);

/// Refuses padding that holds data.
/// @param blob_offset  of `padding`, for the message
/// @returns PaddingNotZero
Status check_padding(Bytes padding, uint64_t blob_offset);

}  // namespace nibble::format
