// Typed access to a blob's records, to change one and see what the reader says.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <gtest/gtest.h>

#include "runtime/format/payload.h"
#include "runtime/format/reader.h"
#include "runtime/format/tables.h"
#include "tests/support/tiny_blob.h"

namespace nibble::test {

/// Header, manifest, padding, every chunk: what a loader checks of a blob, but for the ops and the
/// tokenizer's tables.
Failure verify_whole(Bytes blob);

/// One chunk from beginning to end. @returns as format::Unpacker::add()
Status unpack_chunk(const format::Chunk& chunk, Bytes stored, MutableBytes out,
                    MutableBytes workspace);

class BlobEditor {
 public:
  explicit BlobEditor(format::Storage weights = format::Storage::Raw) : blob_(tiny_blob(weights)) {
    blob_.shrink_to_fit();  // so that sanitizers see reads past the end
  }

  offline::BlobBytes& blob() { return blob_; }
  format::Header& header() { return at<format::Header>(0); }
  format::Manifest& manifest() { return at<format::Manifest>(sizeof(format::Header)); }
  format::SectionRecord& section(size_t i) {
    return record<format::SectionRecord>(&T::sections, i);
  }
  format::ChunkRecord& chunk(size_t i) { return record<format::ChunkRecord>(&T::chunks, i); }
  format::TensorRecord& tensor(size_t i) { return record<format::TensorRecord>(&T::tensors, i); }
  format::BufferRecord& buffer(size_t i) { return record<format::BufferRecord>(&T::buffers, i); }
  uint32_t& self_test_token(size_t i) { return record<uint32_t>(&T::self_test, i); }
  char* strings() { return &record<char>(&T::strings, 0); }
  /// Where a table begins or ends in the blob, by the counts as they were when packed.
  uint64_t offset(uint64_t format::TableOffsets::* table) const {
    return sizeof(format::Header) + packed_.*table;
  }

  /// Seals the blob again, then reads it.
  Failure verdict() {
    offline::reseal(blob_);
    return verify_whole({blob_.data(), blob_.size()});
  }

 private:
  using T = format::TableOffsets;

  template <class R>
  R& at(uint64_t offset_in_blob) {
    return *reinterpret_cast<R*>(blob_.data() + offset_in_blob);
  }
  template <class R>
  R& record(uint64_t T::* table, size_t index) {
    return at<R>(offset(table) + index * sizeof(R));
  }

  offline::BlobBytes blob_;
  const T packed_ = format::table_offsets(manifest());
};

/// A good blob with one change: what the reader says of it.
template <class Change>
Failure verdict_after(Change change, format::Storage weights = format::Storage::Raw) {
  BlobEditor editor(weights);
  change(editor);
  return editor.verdict();
}

testing::AssertionResult is_failure(const Failure& failure, Error error, uint64_t where);

}  // namespace nibble::test

/// Compares a Failure with an error and its place.
#define EXPECT_FAILURE(failure, error, where) \
  EXPECT_TRUE(nibble::test::is_failure(failure, error, where))
