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

/// Checks now, together with the check that waits.
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

Status Unpacker::add(const Chunk& chunk, Bytes stored, MutableBytes raw) {
  if (stored.size() != chunk.record->stored_bytes || raw.size() != chunk.raw_bytes)
    return Error::BadArgument;
  if (chunk.record->codec == Codec::Zstd) return add_frame(chunk, stored, raw);

  // The copy comes first and is what is hashed: a source that changes meanwhile is noticed.
  if (stored.size() != raw.size()) return Error::BadArgument;
  if (raw.data() != stored.data()) __builtin_memcpy(raw.data(), stored.data(), raw.size());
  return add_in_place(chunk, raw);
}

Status Unpacker::add_frame(const Chunk& chunk, Bytes stored, MutableBytes raw) {
  if (workspace_.size() < kZstdWorkspaceBytes || !is_arena_aligned(workspace_.data()))
    return Error::BadArgument;
  NIBBLE_TRY(require({.bytes = stored,
                      .sha256 = &chunk.record->stored_sha256,
                      .failure = {Error::ChunkStoredHash, chunk.index}}));
  if (nibble_zstd_decode(workspace_.data(), raw.data(), raw.size(), stored.data(), stored.size(),
                         kChunkRawBytes) == 0)
    return Failure{Error::BadFrame, chunk.index};
  return defer({.bytes = raw,
                .sha256 = &chunk.record->raw_sha256,
                .failure = {Error::ChunkRawHash, chunk.index}});
}

Status Unpacker::add_in_place(const Chunk& chunk, Bytes stored) {
  NIBBLE_CHECK(chunk.record->codec == Codec::Raw);
  if (stored.size() != chunk.raw_bytes) return Error::BadArgument;
  return defer({.bytes = stored,
                .sha256 = &chunk.record->stored_sha256,
                .failure = {Error::ChunkStoredHash, chunk.index}});
}

}  // namespace nibble::format
