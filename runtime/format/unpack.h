// A chunk from its stored bytes to the verified bytes it stands for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/format/payload.h"
#include "runtime/format/sha256.h"

namespace nibble::format {

/// Workspace of an Unpacker: the zstd decoder's, whatever the frame's window.
inline constexpr size_t kZstdWorkspaceBytes = 96'000;

/// Verifies and unpacks chunks in the order they come: hash of what is stored, policy on the frame,
/// decompression, hash of what came out. Nothing is decompressed before its hash was right; the
/// hash of what came out waits for the next chunk, because two hashes at once are faster. So an
/// error may be an earlier chunk's; the first chunk that fails is the one reported.
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
  /// A raw chunk that is used where it lies. @pre chunk.record->codec is Codec::Raw
  /// @returns as add()
  Status add_in_place(const Chunk& chunk, Bytes stored);
  /// The hash that still waits. @returns as add()
  Status finish();

 private:
  /// Bytes, what their hash has to be, and what is wrong when it is not.
  struct Check {
    Bytes bytes;
    const uint8_t (*sha256)[kSha256Bytes] = nullptr;
    Failure failure;
    bool holds(Sha256& hash) const;
  };
  [[gnu::noinline]] Status require(const Check& check);  // its frame is not below the decompressor
  Status defer(const Check& check);
  Status add_frame(const Chunk& chunk, Bytes stored, MutableBytes raw);

  MutableBytes workspace_;
  Check waiting_;  // sha256 is null: none
};

/// One chunk from beginning to end. @returns as Unpacker::add()
Status unpack_chunk(const Chunk& chunk, Bytes stored, MutableBytes raw, MutableBytes workspace);

}  // namespace nibble::format
