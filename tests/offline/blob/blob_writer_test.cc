// The writer: the same bytes for the same contents, chunks as small as they get, seals that hold.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/blob_writer.h"

#include <gtest/gtest.h>

#include <cstring>
#include <stdexcept>

#include "runtime/format/payload.h"
#include "tests/runtime/format/blob_editor.h"

namespace nibble::offline {
namespace {

using format::Codec;
using format::Storage;
using test::BlobEditor;

/// Three chunks: zeros, noise with 1 % zeros, and a rest of zeros.
std::vector<uint8_t> mixed_weights(test::TinyModel& model) {
  model.contents.tensors[0].rows = 67000;
  const auto& tensors = model.contents.tensors;
  std::vector<uint8_t> weights(format::tensor_offsets({tensors.data(), tensors.size()}, {}).value(),
                               0);
  uint32_t state = 1;
  for (size_t i = format::kChunkUncompressedBytes + 10000; i < 2 * format::kChunkUncompressedBytes;
       ++i) {
    state = state * 1664525 + 1013904223;
    weights[i] = static_cast<uint8_t>(state >> 24);
  }
  return weights;
}

TEST(BlobWriter, GivesTheSameBytesForTheSameContents) {
  test::TinyModel model = test::tiny_model();
  const std::vector<uint8_t> weights = mixed_weights(model);
  model.contents.sections[1] = {Storage::Zstd, weights};
  const BlobBytes first = build_blob(model.contents, {});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(build_blob(model.contents, {}), first);
}

TEST(BlobWriter, KeepsChunksRawThatHardlyGetSmaller) {
  test::TinyModel model = test::tiny_model();
  const std::vector<uint8_t> weights = mixed_weights(model);
  model.contents.sections[1] = {Storage::Zstd, weights};
  BlobBytes blob = build_blob(model.contents, {});
  EXPECT_FAILURE(test::verify_whole({blob.data(), blob.size()}), Error::None, 0);
  const auto* const chunks = reinterpret_cast<const format::ChunkRecord*>(
      blob.data() + sizeof(format::Header) + sizeof(format::Manifest) +
      2 * sizeof(format::SectionRecord));
  EXPECT_EQ(chunks[1].codec, Codec::Zstd);
  EXPECT_EQ(chunks[2].codec, Codec::None);
  EXPECT_EQ(chunks[2].stored_bytes, format::kChunkUncompressedBytes);
  EXPECT_EQ(chunks[3].codec, Codec::Zstd);
  EXPECT_LT(chunks[3].stored_bytes, 1000u);
}

TEST(BlobWriter, AlignsRawSectionsAndMemory) {
  for (int i = 0; i < 8; ++i) {
    BlobEditor editor;
    EXPECT_EQ(reinterpret_cast<uintptr_t>(editor.blob().data()) % format::kAlignBytes, 0u);
    EXPECT_FAILURE(editor.verdict(), Error::None, 0);
  }
}

TEST(BlobWriter, StoresAnUncompressedSectionAsItIsAndReportsItsProgress) {
  test::TinyModel model = test::tiny_model();
  const std::vector<uint8_t> weights = mixed_weights(model);
  model.contents.sections[1] = {Storage::Raw, weights};
  double last = 0;
  const BlobBytes blob = build_blob(model.contents, {.progress = [&](double done) {
                                      EXPECT_GT(done, last);
                                      last = done;
                                    }});
  EXPECT_EQ(last, 1.0);
  EXPECT_EQ(std::memcmp(blob.data() + blob.size() - weights.size(), weights.data(), weights.size()),
            0);
}

TEST(BlobWriter, WantsOneNameForEachTensor) {
  test::TinyModel model = test::tiny_model();
  model.contents.tensor_names.pop_back();
  EXPECT_THROW((void)build_blob(model.contents, {}), std::invalid_argument);
}

TEST(BlobWriter, FillsInTheSelfTestAndSealsAgain) {
  BlobEditor editor;
  const uint32_t generated[] = {9, 10};
  format::Sha256Digest logits{};
  logits.bytes[0] = 0xAB;
  set_self_test(editor.blob(), generated, logits);
  EXPECT_FAILURE(test::verify_whole({editor.blob().data(), editor.blob().size()}), Error::None, 0);
  EXPECT_EQ(editor.self_test_token(2), 259u);
  EXPECT_EQ(editor.self_test_token(3), 9u);
  EXPECT_EQ(editor.self_test_token(4), 10u);
  EXPECT_EQ(editor.manifest().self_test_logits_sha256[0], 0xAB);
  EXPECT_THROW(set_self_test(editor.blob(), std::span(generated, 1), logits),
               std::invalid_argument);
}

TEST(BlobWriter, SealingNonsenseDoesNoHarm) {
  BlobEditor editor;
  editor.header().manifest_bytes = ~uint64_t{0};
  const BlobBytes before = editor.blob();
  reseal(editor.blob());
  EXPECT_EQ(editor.blob(), before);
  BlobBytes stub(100);
  reseal(stub);
  EXPECT_EQ(stub, BlobBytes(100));
}

}  // namespace
}  // namespace nibble::offline
