// Running sums over records: the only way anything in a blob is found.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/payload.h"

#include "runtime/format/tables.h"

namespace nibble::format {

ChunkCursor::ChunkCursor(const ManifestView& view, SectionKind kind)
    : chunks_(view.chunks()),
      blob_offset_(view.location(kind).blob_offset),
      uncompressed_left_(view.section(kind).uncompressed_bytes) {
  for (const SectionRecord& section : view.sections()) {
    if (section.kind == kind) break;
    index_ += static_cast<uint32_t>(chunk_count(section.uncompressed_bytes));
  }
}

bool ChunkCursor::next(Chunk& chunk) {
  if (uncompressed_left_ == 0) return false;
  chunk.record = &chunks_[index_];
  chunk.index = index_;
  chunk.blob_offset = blob_offset_;
  chunk.section_offset = section_offset_;
  chunk.uncompressed_bytes = uncompressed_left_ < kChunkUncompressedBytes
                                 ? static_cast<uint32_t>(uncompressed_left_)
                                 : kChunkUncompressedBytes;
  ++index_;
  blob_offset_ += chunk.record->stored_bytes;
  section_offset_ += chunk.uncompressed_bytes;
  uncompressed_left_ -= chunk.uncompressed_bytes;
  return true;
}

Result<uint64_t> tensor_offsets(Span<const TensorRecord> tensors, Span<uint64_t> offsets) {
  Checked end = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const Checked begin = end.aligned(kAlignBytes);
    if (!offsets.empty()) offsets[i] = begin.value();
    end = begin + tensor_bytes(tensors[i]).total();
  }
  if (!end.at_most(UINT64_MAX)) return Error::SizeOverflow;
  return end.value();
}

Checked buffer_area_bytes_per_row(Span<const BufferRecord> buffers, BufferRows rows) {
  uint64_t area = 0;
  for (const BufferRecord& buffer : buffers) {
    const uint64_t end = uint64_t{buffer.row_offset_bytes} + row_bytes(buffer);
    if (buffer.rows == rows && end > area) area = end;
  }
  return area;
}

Status check_padding(Bytes padding, uint64_t blob_offset) {
  for (size_t i = 0; i < padding.size(); ++i)
    if (padding[i] != 0) return Failure{Error::PaddingNotZero, blob_offset + i};
  return {};
}

}  // namespace nibble::format
