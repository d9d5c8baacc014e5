// Hash, decompress, hash: the decompressor reads only bytes whose hash the manifest has.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/unpack.h"

#include "runtime/core/arena.h"
#include "runtime/format/zstd_decoder.h"

namespace nibble::format {

static_assert(kZstdWorkspaceBytes == kNibbleZstdWorkspaceBytes);

bool Unpacker::Check::holds(Sha256& hash) const {
  return hash.finish() == *sha256;
}

/// Checks now, together with the check that waits: two hashes at once are faster.
Status Unpacker::require(const Check& check) {
  const Check waiting = waiting_;
  waiting_ = {};
  Sha256 current;
  if (waiting.sha256 == nullptr) {
    current.update(check.bytes);
  } else {
    Sha256 deferred;
    Sha256::update_pair(deferred, waiting.bytes, current, check.bytes);
    if (!waiting.holds(deferred)) return waiting.failure;
  }
  if (!check.holds(current)) return check.failure;
  return {};
}

Status Unpacker::defer(const Check& check) {
  if (waiting_.sha256 != nullptr) return require(check);
  waiting_ = check;
  return {};
}

Status Unpacker::finish() {
  if (waiting_.sha256 == nullptr) return {};
  const Check last = waiting_;
  waiting_ = {};
  return require(last);
}

Status Unpacker::add(const Chunk& chunk, Bytes stored, MutableBytes out) {
  if (stored.size() != chunk.record->stored_bytes) return Error::BadArgument;
  if (chunk.record->codec == Codec::Zstd) return add_frame(chunk, stored, out);
  if (stored.size() != chunk.uncompressed_bytes) return Error::BadArgument;
  if (out.empty()) return add_uncompressed(chunk, stored);

  // Copied first, then hashed: a source that changes meanwhile cannot slip in behind the hash.
  if (out.size() != stored.size()) return Error::BadArgument;
  if (out.data() != stored.data()) __builtin_memcpy(out.data(), stored.data(), out.size());
  return add_uncompressed(chunk, out);
}

Status Unpacker::add_frame(const Chunk& chunk, Bytes stored, MutableBytes out) {
  if (out.size() != chunk.uncompressed_bytes) return Error::BadArgument;
  if (workspace_.size() < kZstdWorkspaceBytes || !is_arena_aligned(workspace_.data()))
    return Error::BadArgument;
  NIBBLE_TRY(require({.bytes = stored,
                      .sha256 = &chunk.record->stored_sha256,
                      .failure = {Error::ChunkStoredHash, chunk.index}}));
  if (nibble_zstd_decode(workspace_.data(), out.data(), out.size(), stored.data(), stored.size(),
                         kChunkUncompressedBytes) == 0)
    return Failure{Error::BadFrame, chunk.index};
  return defer({.bytes = out,
                .sha256 = &chunk.record->uncompressed_sha256,
                .failure = {Error::ChunkUncompressedHash, chunk.index}});
}

Status Unpacker::add_uncompressed(const Chunk& chunk, Bytes bytes) {
  return defer({.bytes = bytes,
                .sha256 = &chunk.record->stored_sha256,
                .failure = {Error::ChunkStoredHash, chunk.index}});
}

}  // namespace nibble::format
