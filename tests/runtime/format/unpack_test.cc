// Chunks that are not what they say, with hashes that match: the policy on zstd frames.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/unpack.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <cstring>
#include <vector>

#include "tests/runtime/format/blob_editor.h"

namespace nibble::format {
namespace {

using test::unpack_chunk;
using Buffer = std::vector<uint8_t>;

constexpr uint32_t kIndex = 7;

Bytes view(const Buffer& bytes) {
  return {bytes.data(), bytes.size()};
}

/// Compressible, but not all of one kind: literals, matches, and several block types when large.
Buffer sample(size_t bytes) {
  Buffer data(bytes);
  uint32_t state = 1;
  for (size_t i = 0; i < bytes; ++i) {
    state = state * 1664525 + 1013904223;
    data[i] = i % 97 < 40 ? static_cast<uint8_t>(i % 13) : static_cast<uint8_t>((state >> 24) & 31);
  }
  return data;
}

struct FrameOptions {
  int content_size = 1;
  int checksum = 1;
  int window_log = 0;
};

Buffer frame_of(const Buffer& content, const FrameOptions& options = {}) {
  ZSTD_CCtx* const context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, options.content_size);
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, options.checksum);
  if (options.window_log != 0)
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, options.window_log);
  Buffer frame(ZSTD_compressBound(content.size()));
  frame.resize(ZSTD_compress2(context, frame.data(), frame.size(), content.data(), content.size()));
  ZSTD_freeCCtx(context);
  return frame;
}

ChunkRecord record_of(const Buffer& stored, const Buffer& content, Codec codec) {
  ChunkRecord record{.stored_bytes = static_cast<uint32_t>(stored.size()),
                     .codec = codec,
                     .stored_sha256 = {},
                     .uncompressed_sha256 = {}};
  std::memcpy(record.stored_sha256, sha256(view(stored)).bytes, kSha256Bytes);
  std::memcpy(record.uncompressed_sha256, sha256(view(content)).bytes, kSha256Bytes);
  return record;
}

Failure unpack(const ChunkRecord& record, const Buffer& stored, Buffer& out) {
  alignas(64) static uint8_t workspace[kZstdWorkspaceBytes];
  const Chunk chunk{.record = &record,
                    .index = kIndex,
                    .blob_offset = 0,
                    .section_offset = 0,
                    .uncompressed_bytes = static_cast<uint32_t>(out.size())};
  return test::unpack_chunk(chunk, view(stored), {out.data(), out.size()}, workspace).failure();
}

Status verify_in_place(const Chunk& chunk, Bytes stored) {
  Unpacker unpacker({});
  NIBBLE_TRY(unpacker.add(chunk, stored, {}));
  return unpacker.finish();
}

/// What unpacking says of `stored`, correctly hashed, when `content` is what it should become.
Failure unpack_frame(const Buffer& stored, const Buffer& content) {
  Buffer out(content.size());
  return unpack(record_of(stored, content, Codec::Zstd), stored, out);
}

TEST(Unpack, GivesBackWhatWasCompressed) {
  for (const size_t bytes :
       {size_t{1}, size_t{300}, size_t{70000}, size_t{kChunkUncompressedBytes}}) {
    const Buffer content = sample(bytes);
    for (const int checksum : {0, 1}) {
      const Buffer stored = frame_of(content, {.checksum = checksum});
      Buffer out(content.size());
      EXPECT_FAILURE(unpack(record_of(stored, content, Codec::Zstd), stored, out), Error::None, 0);
      EXPECT_EQ(out, content);
    }
  }
}

TEST(Unpack, RefusesAWorkspaceTooSmallOrMisaligned) {
  const Buffer content = sample(300), stored = frame_of(content);
  const ChunkRecord record = record_of(stored, content, Codec::Zstd);
  const Chunk chunk{.record = &record, .uncompressed_bytes = 300};
  alignas(64) static uint8_t workspace[kZstdWorkspaceBytes + 8];
  Buffer out(300);
  for (const MutableBytes bad : {MutableBytes(workspace, kZstdWorkspaceBytes - 1),
                                 MutableBytes(workspace + 8, kZstdWorkspaceBytes)})
    EXPECT_FAILURE(test::unpack_chunk(chunk, view(stored), {out.data(), out.size()}, bad).failure(),
                   Error::BadArgument, 0);
}

TEST(Unpack, RefusesSizesOtherThanTheChunks) {
  const Buffer content = sample(300), stored = frame_of(content);
  const ChunkRecord record = record_of(stored, content, Codec::Zstd);
  const Chunk chunk{.record = &record, .uncompressed_bytes = 300};
  alignas(64) static uint8_t workspace[kZstdWorkspaceBytes];
  Buffer out(301);
  EXPECT_FAILURE(test::unpack_chunk(chunk, view(stored), {out.data(), 301}, workspace).failure(),
                 Error::BadArgument, 0);
  EXPECT_FAILURE(
      test::unpack_chunk(chunk, view(stored).first(stored.size() - 1), {out.data(), 300}, workspace)
          .failure(),
      Error::BadArgument, 0);
}

TEST(Unpack, HashesBeforeItDecompresses) {
  const Buffer content = sample(300);
  Buffer stored = frame_of(content);
  const ChunkRecord record = record_of(stored, content, Codec::Zstd);
  stored[0] ^= 1;  // not even a frame any more
  Buffer out(content.size());
  EXPECT_FAILURE(unpack(record, stored, out), Error::ChunkStoredHash, kIndex);
}

TEST(Unpack, HashesWhatCameOut) {
  const Buffer content = sample(300), stored = frame_of(content);
  ChunkRecord record = record_of(stored, content, Codec::Zstd);
  record.uncompressed_sha256[31] ^= 1;
  Buffer out(content.size());
  EXPECT_FAILURE(unpack(record, stored, out), Error::ChunkUncompressedHash, kIndex);
}

TEST(Unpack, AFrameThatLiesAboutItsSizeIsRefused) {
  const Buffer content = sample(300), longer = sample(301), shorter = sample(299);
  EXPECT_FAILURE(unpack_frame(frame_of(longer), content), Error::BadFrame, kIndex);
  EXPECT_FAILURE(unpack_frame(frame_of(shorter), content), Error::BadFrame, kIndex);
  // The right size in the header, another inside: bytes 5 and 6 are the content size less 256.
  Buffer lying = frame_of(longer);
  ASSERT_EQ(lying[4] & 0xC0, 0x40);
  lying[5] = static_cast<uint8_t>(300 - 256);
  EXPECT_FAILURE(unpack_frame(lying, content), Error::BadFrame, kIndex);
}

TEST(Unpack, AFrameWithoutContentSizeIsRefused) {
  const Buffer content = sample(300);
  EXPECT_FAILURE(unpack_frame(frame_of(content, {.content_size = 0}), content), Error::BadFrame,
                 kIndex);
}

TEST(Unpack, TwoFramesAreRefused) {
  const Buffer content = sample(300);
  Buffer two = frame_of(Buffer(content.begin(), content.begin() + 150));
  const Buffer second = frame_of(Buffer(content.begin() + 150, content.end()));
  two.insert(two.end(), second.begin(), second.end());
  EXPECT_FAILURE(unpack_frame(two, content), Error::BadFrame, kIndex);
  // Also when the second is empty, or the first holds all.
  Buffer with_empty = frame_of(content);
  const Buffer empty = frame_of({});
  with_empty.insert(with_empty.end(), empty.begin(), empty.end());
  EXPECT_FAILURE(unpack_frame(with_empty, content), Error::BadFrame, kIndex);
}

TEST(Unpack, SkippableFramesAreRefusedBeforeAfterAndInstead) {
  const Buffer content = sample(300), frame = frame_of(content);
  for (uint8_t kind = 0; kind < 16; ++kind) {
    const Buffer skippable = {
        static_cast<uint8_t>(0x50 + kind), 0x2A, 0x4D, 0x18, 2, 0, 0, 0, 1, 2};
    Buffer before = skippable, after = frame;
    before.insert(before.end(), frame.begin(), frame.end());
    after.insert(after.end(), skippable.begin(), skippable.end());
    for (const Buffer& stored : {before, after, skippable})
      EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
  }
}

TEST(Unpack, BytesBehindTheFrameAreRefused) {
  const Buffer content = sample(300);
  Buffer stored = frame_of(content);
  stored.push_back(0);
  EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
}

TEST(Unpack, AWrongChecksumIsRefused) {
  const Buffer content = sample(300);
  Buffer stored = frame_of(content);
  stored.back() ^= 1;
  EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
}

TEST(Unpack, OtherMagicNumbersAreRefused) {
  const Buffer content = sample(300);
  for (int bit = 0; bit < 32; ++bit) {
    Buffer stored = frame_of(content);
    stored[bit / 8] ^= 1 << bit % 8;
    EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
  }
  for (const uint8_t legacy : {0x1E, 0x22, 0x23, 0x24, 0x25, 0x26, 0x27}) {
    Buffer stored = frame_of(content);
    stored[0] = legacy;
    EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
  }
}

TEST(Unpack, ReservedUnusedAndDictionaryBitsAreRefused) {
  const Buffer content = sample(300);
  for (const uint8_t bits : {0x08, 0x10, 0x01, 0x02, 0x03}) {
    Buffer stored = frame_of(content);
    stored[4] |= bits;
    EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
  }
  // A dictionary field that says "none" is refused as well: there is one way to write a frame.
  Buffer stored = frame_of(content);
  stored[4] |= 1;
  stored.insert(stored.begin() + 5, 0);
  EXPECT_FAILURE(unpack_frame(stored, content), Error::BadFrame, kIndex);
}

/// A frame of one raw block whose header has the window descriptor given.
Buffer frame_with_window(uint8_t descriptor) {
  const Buffer content = sample(300);
  constexpr uint32_t kLastRawBlock = 300 << 3 | 1;
  const uint8_t headers[] = {0x28,
                             0xB5,
                             0x2F,
                             0xFD,
                             0x40,
                             descriptor,
                             300 - 256,
                             0,
                             kLastRawBlock & 0xFF,
                             kLastRawBlock >> 8,
                             0};
  Buffer frame(sizeof(headers) + content.size());
  std::memcpy(frame.data(), headers, sizeof(headers));
  std::memcpy(frame.data() + sizeof(headers), content.data(), content.size());
  return frame;
}

TEST(Unpack, AWindowOfMoreThanAChunkIsRefused) {
  const Buffer content = sample(300);
  EXPECT_FAILURE(unpack_frame(frame_with_window(10 << 3), content), Error::None, 0);  // 1 MiB
  for (const uint8_t descriptor : {10 << 3 | 1, 11 << 3, 21 << 3, 31 << 3 | 7})
    EXPECT_FAILURE(unpack_frame(frame_with_window(descriptor), content), Error::BadFrame, kIndex);
}

TEST(Unpack, EveryTruncationOfAFrameIsRefused) {
  const Buffer content = sample(3000), frame = frame_of(content);
  for (size_t bytes = 0; bytes < frame.size(); ++bytes)
    ASSERT_TRUE(test::is_failure(
        unpack_frame(Buffer(frame.begin(), frame.begin() + static_cast<ptrdiff_t>(bytes)), content),
        Error::BadFrame, kIndex))
        << bytes;
}

// zstd has bits that mean nothing; flipping those gives the same bytes, which is no harm.
TEST(Unpack, AFlippedBitOfAFrameNeverGivesOtherBytes) {
  const Buffer content = sample(3000);
  for (const int checksum : {0, 1}) {
    Buffer frame = frame_of(content, {.checksum = checksum});
    size_t refused = 0;
    for (size_t bit = 0; bit < frame.size() * 8; ++bit) {
      frame[bit / 8] ^= 1 << bit % 8;
      Buffer out(content.size());
      const Error error = unpack(record_of(frame, content, Codec::Zstd), frame, out).error;
      ASSERT_TRUE(error == Error::BadFrame || error == Error::ChunkUncompressedHash ||
                  out == content)
          << bit;
      refused += error != Error::None;
      frame[bit / 8] ^= 1 << bit % 8;
    }
    EXPECT_GT(refused, frame.size() * 8 - 32);
  }
}

TEST(Unpack, CopiesAnUncompressedChunkAndHashesTheCopy) {
  const Buffer content = sample(1000);
  const ChunkRecord record = record_of(content, content, Codec::None);
  Buffer out(content.size());
  EXPECT_FAILURE(unpack(record, content, out), Error::None, 0);
  EXPECT_EQ(out, content);
  Buffer damaged = content;
  damaged[999] ^= 1;
  EXPECT_FAILURE(unpack(record, damaged, out), Error::ChunkStoredHash, kIndex);
}

TEST(Unpack, VerifiesAnUncompressedChunkWhereItIsStored) {
  Buffer content = sample(1000);
  const ChunkRecord record = record_of(content, content, Codec::None);
  const Chunk chunk{.record = &record, .index = kIndex, .uncompressed_bytes = 1000};
  EXPECT_TRUE(verify_in_place(chunk, view(content)).ok());
  EXPECT_TRUE(test::unpack_chunk(chunk, view(content), {content.data(), content.size()}, {}).ok());
  content[0] ^= 0x80;
  EXPECT_FAILURE(verify_in_place(chunk, view(content)).failure(), Error::ChunkStoredHash, kIndex);
  EXPECT_FAILURE(verify_in_place(chunk, view(content).first(999)).failure(), Error::BadArgument, 0);
}

/// Five chunks, alternately a frame and uncompressed, and what unpacking them one after another
/// says.
Failure unpack_in_turn(uint32_t damaged_uncompressed_hash, uint32_t damaged_stored_hash) {
  alignas(64) static uint8_t workspace[kZstdWorkspaceBytes];
  std::vector<Buffer> out;
  std::vector<ChunkRecord> records;
  for (size_t i = 0; i < 5; ++i) out.emplace_back(1000 + 100 * i);
  Unpacker unpacker(workspace);
  records.reserve(out.size());
  for (uint32_t i = 0; i < out.size(); ++i) {
    const Buffer content = sample(out[i].size());
    const bool is_frame = i % 2 == 0;
    const Buffer stored = is_frame ? frame_of(content) : content;
    ChunkRecord& record =
        records.emplace_back(record_of(stored, content, is_frame ? Codec::Zstd : Codec::None));
    if (i == damaged_uncompressed_hash) record.uncompressed_sha256[31] ^= 1;
    if (i == damaged_stored_hash) record.stored_sha256[0] ^= 1;
    const Chunk chunk{.record = &record,
                      .index = i,
                      .blob_offset = 0,
                      .section_offset = 0,
                      .uncompressed_bytes = static_cast<uint32_t>(content.size())};
    const Status status = unpacker.add(chunk, view(stored), {out[i].data(), out[i].size()});
    if (!status.ok()) return status.failure();
    EXPECT_EQ(out[i], content);
  }
  return unpacker.finish().failure();
}

TEST(Unpacker, ReportsTheFirstChunkThatFails) {
  constexpr uint32_t kNone = 99;
  EXPECT_FAILURE(unpack_in_turn(kNone, kNone), Error::None, 0u);
  for (uint32_t i = 0; i < 5; ++i) {
    EXPECT_FAILURE(unpack_in_turn(kNone, i), Error::ChunkStoredHash, i);
    if (i % 2 != 0) continue;  // an uncompressed chunk has one hash
    for (uint32_t later = i + 1; later <= 5; ++later)
      EXPECT_FAILURE(unpack_in_turn(i, later), Error::ChunkUncompressedHash, i);
  }
}

}  // namespace
}  // namespace nibble::format
