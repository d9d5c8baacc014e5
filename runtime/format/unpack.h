// A chunk from its stored bytes to its verified, uncompressed bytes.
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
  /// @param workspace  64-byte aligned, kZstdWorkspaceBytes; may be empty where no chunk is a frame
  explicit Unpacker(MutableBytes workspace) : workspace_(workspace) {}

  /// An uncompressed chunk is copied to `out`, unless `out` is empty or the same bytes as `stored`:
  /// then it is used where it is stored.
  /// @param stored  chunk.record->stored_bytes; needed until finish(), of a frame in this call only
  /// @param out     chunk.uncompressed_bytes, needed until finish(), and of no use before
  /// @returns ChunkStoredHash | BadFrame | ChunkUncompressedHash | BadArgument (a size is not as
  /// above). Cost: SHA-256 over the stored bytes and, for a frame, over the uncompressed bytes, and
  /// one decompression.
  Status add(const Chunk& chunk, Bytes stored, MutableBytes out);
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
  Status add_frame(const Chunk& chunk, Bytes stored, MutableBytes out);
  Status add_uncompressed(const Chunk& chunk, Bytes bytes);

  MutableBytes workspace_;
  Check waiting_;  // sha256 is null: none
};

}  // namespace nibble::format
