// A chunk from its stored bytes to the verified bytes that it holds.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/payload.h"
#include "runtime/format/sha256.h"

namespace nibble::format {

/// Workspace of an Unpacker: the zstd decoder's, whatever the frame's window.
inline constexpr size_t kZstdWorkspaceBytes = 96'000;

/// Verifies and unpacks chunks in the order they come. For each chunk it checks the hash of the
/// stored bytes and the policy on the frame, decompresses, and checks the hash of the result.
/// Nothing is decompressed before its hash was right. The hash of the result waits for the next
/// chunk, because two hashes at once are faster: an error may belong to the chunk before, and the
/// first chunk that fails is the one reported.
class Unpacker {
 public:
  /// @param workspace  64-byte aligned, kZstdWorkspaceBytes; may be empty for raw chunks
  explicit Unpacker(MutableBytes workspace) : workspace_(workspace) {}

  /// A raw chunk is copied, or left where it is when `raw` is `stored`.
  /// @param stored  chunk.record->stored_bytes; of a frame, needed during this call only
  /// @param raw     chunk.raw_bytes; does not overlap `stored`, unless it is the same; stays until
  ///                finish(), and is of no use before
  /// @returns ChunkStoredHash | BadFrame | ChunkRawHash | BadArgument (a size is not as above)
  /// Cost: SHA-256 over stored and, for zstd, raw bytes, and one decompression.
  Status add(const Chunk& chunk, Bytes stored, MutableBytes raw);
  /// A raw chunk that is used in place. @pre chunk.record->codec is Codec::Raw
  /// @returns as add()
  Status add_in_place(const Chunk& chunk, Bytes stored);
  /// Checks the hash that still waits. @returns as add()
  Status finish();

 private:
  /// Bytes, the hash they must have, and the failure when they do not have it.
  struct Check {
    Bytes bytes;
    const uint8_t (*sha256)[kSha256Bytes] = nullptr;
    Failure failure;
    bool holds(Sha256& hash) const;
  };
  // noinline keeps its stack frame off the stack while zstd runs.
  [[gnu::noinline]] Status require(const Check& check);
  Status defer(const Check& check);
  Status add_frame(const Chunk& chunk, Bytes stored, MutableBytes raw);

  MutableBytes workspace_;
  Check waiting_;  // sha256 is null: none
};

}  // namespace nibble::format
