// A chunk from its stored bytes to the verified bytes it stands for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/payload.h"

namespace nibble::format {

/// Workspace of unpack_chunk(): the zstd decoder's, whatever the frame's window.
inline constexpr size_t kZstdWorkspaceBytes = 96'000;

/// Verifies and unpacks a chunk: hash of what is stored, policy on the frame, decompression, hash
/// of what came out. A raw chunk is copied, or left where it is when `raw` is `stored`.
/// @param stored     chunk.record->stored_bytes
/// @param raw        chunk.raw_bytes; does not overlap `stored`, unless it is the same
/// @param workspace  64-byte aligned, kZstdWorkspaceBytes; may be empty for raw chunks
/// @returns ChunkStoredHash | BadFrame | ChunkRawHash | BadArgument (a size is not as above)
///          After an error `raw` holds nothing of use.
/// Cost: SHA-256 over stored and, for zstd, raw bytes, and one decompression.
Status unpack_chunk(const Chunk& chunk, Bytes stored, MutableBytes raw, MutableBytes workspace);

/// Verifies a raw chunk that is used where it lies.
/// @pre chunk.record->codec is Codec::Raw
/// @returns ChunkStoredHash | BadArgument (size)
Status verify_chunk_in_place(const Chunk& chunk, Bytes stored);

}  // namespace nibble::format
