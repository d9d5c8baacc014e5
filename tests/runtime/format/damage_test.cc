// Damage of every kind, exhaustively: truncations, bit flips, and sealed nonsense.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/runtime/format/blob_editor.h"

namespace nibble {
namespace {

using format::Storage;
using offline::BlobBytes;
using test::BlobEditor;

TEST(Damage, EveryTruncationIsRefused) {
  const BlobBytes blob = test::tiny_blob(Storage::Zstd);
  for (size_t bytes = 0; bytes < blob.size(); ++bytes) {
    const BlobBytes cut(blob.begin(), blob.begin() + static_cast<ptrdiff_t>(bytes));
    const Failure failure = test::verify_whole({cut.data(), cut.size()});
    ASSERT_STREQ(error_name(failure.error), "Truncated") << bytes;
  }
}

TEST(Damage, EverySingleBitFlipOfABlobIsRefused) {
  BlobEditor editor(Storage::Zstd);
  BlobBytes& blob = editor.blob();
  for (size_t bit = 0; bit < blob.size() * 8; ++bit) {
    blob[bit / 8] ^= 1 << bit % 8;
    const Failure failure = test::verify_whole({blob.data(), blob.size()});
    ASSERT_NE(failure.error, Error::None) << "bit " << bit % 8 << " of byte " << bit / 8;
    blob[bit / 8] ^= 1 << bit % 8;
  }
}

TEST(Damage, AFlippedBitOfTheManifestIsAHashError) {
  BlobEditor editor;
  BlobBytes& blob = editor.blob();
  const size_t end = sizeof(format::Header) + editor.header().manifest_bytes;
  for (size_t at = sizeof(format::Header); at < end; ++at) {
    blob[at] ^= 0x10;
    EXPECT_FAILURE(test::verify_whole({blob.data(), blob.size()}), Error::ManifestHash, 0);
    blob[at] ^= 0x10;
  }
}

/// The reader is done with a blob, whatever it said: without a sanitizer's report, and in time.
TEST(Damage, SealedNonsenseInAnyByteIsSurvived) {
  for (const Storage storage : {Storage::Raw, Storage::Zstd}) {
    BlobEditor editor(storage);
    BlobBytes& blob = editor.blob();
    const size_t end = editor.offset(&format::TableOffsets::end);
    size_t refused = 0;
    for (size_t at = 0; at < end; ++at) {
      const uint8_t good = blob[at];
      const uint8_t values[] = {0,
                                1,
                                2,
                                0x20,
                                0x7F,
                                0x80,
                                0xFE,
                                0xFF,
                                static_cast<uint8_t>(good + 1),
                                static_cast<uint8_t>(good - 1)};
      for (const uint8_t value : values) {
        blob[at] = value;
        refused += editor.verdict().error != Error::None;
      }
      blob[at] = good;
    }
    EXPECT_GT(refused, end * 4);
    EXPECT_FAILURE(editor.verdict(), Error::None, 0);
  }
}

TEST(Damage, SealedNonsenseInAnyWordIsSurvived) {
  BlobEditor editor(Storage::Zstd);
  BlobBytes& blob = editor.blob();
  const size_t end = editor.offset(&format::TableOffsets::end);
  for (size_t at = 0; at + 4 <= end; at += 4) {
    auto& word = *reinterpret_cast<uint32_t*>(blob.data() + at);
    const uint32_t good = word;
    for (const uint32_t value : {0x7FFFFFFFu, 0x80000000u, 0xFFFFFFFFu, 0x00010000u, 0x00100000u,
                                 good << 1, good >> 1, ~good}) {
      word = value;
      (void)editor.verdict();
    }
    word = good;
  }
  EXPECT_FAILURE(editor.verdict(), Error::None, 0);
}

TEST(Damage, ExchangedChunksAreRefused) {
  BlobEditor editor;
  std::swap(editor.chunk(0), editor.chunk(1));
  EXPECT_NE(editor.verdict().error, Error::None);
}

TEST(Damage, AManifestOfAnotherBlobIsRefused) {
  BlobEditor other;
  other.chunk(1).stored_sha256[0] ^= 1;
  other.chunk(1).uncompressed_sha256[0] ^= 1;
  EXPECT_FAILURE(other.verdict(), Error::ChunkStoredHash, 1);
}

}  // namespace
}  // namespace nibble
