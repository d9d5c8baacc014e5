// Hash, decompress, hash: nothing reaches the decompressor that the manifest does not vouch for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/unpack.h"

#include "runtime/core/arena.h"
#include "runtime/format/zstd_decoder.h"

namespace nibble::format {
namespace {

static_assert(kZstdWorkspaceBytes == kNibbleZstdWorkspaceBytes);

Status unpack_frame(const Chunk& chunk, Bytes stored, MutableBytes raw, MutableBytes workspace) {
  if (workspace.size() < kZstdWorkspaceBytes || !is_arena_aligned(workspace.data()))
    return Error::BadArgument;
  if (!(sha256(stored) == chunk.record->stored_sha256))
    return Failure{Error::ChunkStoredHash, chunk.index};
  if (nibble_zstd_decode(workspace.data(), raw.data(), raw.size(), stored.data(), stored.size(),
                         kChunkRawBytes) == 0)
    return Failure{Error::BadFrame, chunk.index};
  if (!(sha256({raw.data(), raw.size()}) == chunk.record->raw_sha256))
    return Failure{Error::ChunkRawHash, chunk.index};
  return {};
}

}  // namespace

Status unpack_chunk(const Chunk& chunk, Bytes stored, MutableBytes raw, MutableBytes workspace) {
  if (stored.size() != chunk.record->stored_bytes || raw.size() != chunk.raw_bytes)
    return Error::BadArgument;
  if (chunk.record->codec == Codec::Zstd) return unpack_frame(chunk, stored, raw, workspace);

  // Copied first, then hashed: a source that changes meanwhile cannot slip in behind the hash.
  if (stored.size() != raw.size()) return Error::BadArgument;
  if (raw.data() != stored.data()) __builtin_memcpy(raw.data(), stored.data(), raw.size());
  return verify_chunk_in_place(chunk, raw);
}

Status verify_chunk_in_place(const Chunk& chunk, Bytes stored) {
  if (stored.size() != chunk.raw_bytes) return Error::BadArgument;
  if (!(sha256(stored) == chunk.record->stored_sha256))
    return Failure{Error::ChunkStoredHash, chunk.index};
  return {};
}

}  // namespace nibble::format
