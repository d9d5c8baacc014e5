// Packs chunks in rounds: threads fill a round and the caller takes its chunks in order, so the
// bytes do not depend on the number of threads, and only one round is in memory.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/chunk_packer.h"

#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>

#include "offline/host/parallel.h"
#include "runtime/format/tables.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kChunksPerRound = 32;

void check(size_t zstd_result) {
  if (ZSTD_isError(zstd_result))
    throw std::runtime_error(std::string("zstd: ") + ZSTD_getErrorName(zstd_result));
}

/// @returns one frame, or nothing when the frame would not save 1/50
std::vector<uint8_t> compress(std::span<const uint8_t> content, int level) {
  const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(),
                                                                   ZSTD_freeCCtx);
  if (!context) throw std::bad_alloc();
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_contentSizeFlag, 1));
  check(ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1));

  std::vector<uint8_t> frame(ZSTD_compressBound(content.size()));
  const size_t bytes =
      ZSTD_compress2(context.get(), frame.data(), frame.size(), content.data(), content.size());
  check(bytes);
  frame.resize(bytes + content.size() / 50 < content.size() ? bytes : 0);
  return frame;
}

void set_digest(uint8_t (&digest)[format::kSha256Bytes], std::span<const uint8_t> bytes) {
  const format::Sha256Digest value = format::sha256({bytes.data(), bytes.size()});
  std::memcpy(digest, value.bytes, sizeof(digest));
}

PackedChunk pack_chunk(const SectionSource& section, uint64_t index, int level) {
  const uint64_t offset = index * format::kChunkUncompressedBytes;
  const auto content = section.bytes.subspan(
      offset, std::min<uint64_t>(section.bytes.size() - offset, format::kChunkUncompressedBytes));

  PackedChunk chunk{};
  set_digest(chunk.record.uncompressed_sha256, content);
  chunk.record.codec = format::Codec::Zstd;
  if (section.storage == format::Storage::Zstd) chunk.stored = compress(content, level);
  if (chunk.stored.empty()) {
    chunk.record.codec = format::Codec::None;
    chunk.stored.assign(content.begin(), content.end());
  }
  set_digest(chunk.record.stored_sha256, chunk.stored);
  chunk.record.stored_bytes = static_cast<uint32_t>(chunk.stored.size());
  return chunk;
}

}  // namespace

void pack_chunks(const SectionSource& section, const BlobOptions& options,
                 const std::function<void(const PackedChunk&)>& append) {
  const uint64_t count = format::chunk_count(section.bytes.size());
  for (uint64_t first = 0; first < count;) {
    std::vector<PackedChunk> round(std::min(count - first, kChunksPerRound));
    run_tasks(
        round.size(), [&](size_t i) { round[i] = pack_chunk(section, first + i, options.level); },
        [](size_t) {});
    for (const PackedChunk& chunk : round) append(chunk);
    first += round.size();
  }
}

}  // namespace nibble::offline
