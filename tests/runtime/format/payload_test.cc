// Places in the payload: chunks, tensors and buffers, each behind the one before it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/payload.h"

#include <gtest/gtest.h>

#include "tests/runtime/format/blob_editor.h"

namespace nibble::format {
namespace {

using test::BlobEditor;

ManifestView open(BlobEditor& editor) {
  return ManifestView::open(editor.header(),
                            {editor.blob().data() + sizeof(Header), editor.header().manifest_bytes})
      .value();
}

/// A tiny model whose pool of pieces fills several chunks; what is in it does not matter here.
offline::BlobBytes blob_of_many_chunks(std::vector<uint8_t>& weights) {
  test::TinyModel model = test::tiny_model();
  model.contents.tensors[0].rows = 70000;
  weights.assign(tensor_offsets({model.contents.tensors.data(), 3}, {}).value(), 0);
  for (size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<uint8_t>(i * i >> 7);
  model.contents.sections[1] = {Storage::Zstd, weights};
  return offline::build_blob(model.contents, {});
}

TEST(Payload, ChunksFollowOneAnotherWithoutGaps) {
  std::vector<uint8_t> weights;
  offline::BlobBytes blob = blob_of_many_chunks(weights);
  EXPECT_FAILURE(test::verify_whole({blob.data(), blob.size()}), Error::None, 0);
  const auto& header = *reinterpret_cast<const Header*>(blob.data());
  const ManifestView manifest =
      ManifestView::open(header, {blob.data() + sizeof(Header), header.manifest_bytes}).value();

  ChunkCursor cursor(manifest, SectionKind::Weights);
  uint64_t stored_end = manifest.location(SectionKind::Weights).blob_offset, section_end = 0;
  uint32_t count = 0;
  for (Chunk chunk; cursor.next(chunk); ++count) {
    EXPECT_EQ(chunk.index, count + 1);
    EXPECT_EQ(chunk.blob_offset, stored_end);
    EXPECT_EQ(chunk.section_offset, section_end);
    stored_end += chunk.record->stored_bytes;
    section_end += chunk.uncompressed_bytes;
  }
  EXPECT_EQ(count, 3u);
  EXPECT_EQ(section_end, weights.size());
  EXPECT_EQ(stored_end, blob.size());
}

TEST(Payload, TensorsStartOnCacheLinesAndTheSectionEndsWithTheLast) {
  BlobEditor editor;
  const ManifestView view = open(editor);
  uint64_t offsets[3];
  const uint64_t end = tensor_offsets(view.tensors(), offsets).value();
  // 260 rows are nine blocks of 32 · 32 codes, and 32 scales of two bytes each.
  EXPECT_EQ(offsets[0], 0u);
  EXPECT_EQ(offsets[1], 9u * (32 * 32 + 32 * 2));
  EXPECT_EQ(offsets[2], offsets[1] + 32 * 4);
  EXPECT_EQ(end, offsets[2] + 4 * 8);
  EXPECT_EQ(end, view.section(SectionKind::Weights).uncompressed_bytes);
}

TEST(Payload, ATensorBehindAnOddOneIsAligned) {
  const TensorRecord odd{.type = TensorType::U64Vector,
                         .role = Role::Rotary,
                         .layer = kNoLayer,
                         .group = 0,
                         .reserved = 0,
                         .rows = 1,
                         .columns = 3};
  const TensorRecord tensors[] = {odd, odd};
  uint64_t offsets[2];
  EXPECT_EQ(tensor_offsets(tensors, offsets).value(), 64u + 24);
  EXPECT_EQ(offsets[1], 64u);
}

TEST(Payload, AreasReachToTheEndOfTheFurthestBuffer) {
  BlobEditor editor;
  const ManifestView view = open(editor);
  EXPECT_EQ(buffer_area_bytes_per_row(view.buffers(), BufferRows::Token).value(), 128u);
  EXPECT_EQ(buffer_area_bytes_per_row(view.buffers(), BufferRows::Logit).value(), 192u + 288 * 4);
}

TEST(Payload, PaddingThatHoldsDataIsNamedByItsPlace) {
  const uint8_t padding[] = {0, 0, 3, 0};
  EXPECT_FAILURE(check_padding(padding, 100).failure(), Error::PaddingNotZero, 102);
  EXPECT_TRUE(check_padding(Bytes(padding).first(2), 100).ok());
  EXPECT_TRUE(check_padding({}, 100).ok());
}

}  // namespace
}  // namespace nibble::format
