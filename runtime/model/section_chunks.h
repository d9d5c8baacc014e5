// The chunks of one section, dealt out to the workers that verify and unpack them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/payload.h"
#include "runtime/format/unpack.h"
#include "runtime/model/blob_reader.h"
#include "runtime/model/load_plan.h"

namespace nibble::program {

/// A section that is verified where it lies, or unpacked into `target`. Worker w of n takes chunks
/// w, w + n, w + 2n, …: all of them stay near each other in the file, and each ascends.
class SectionChunks {
 public:
  /// @param target  the section's raw bytes; empty: they are used in place
  SectionChunks(const BlobBytes& blob, const format::ManifestView& view, format::SectionKind kind,
                MutableBytes target, const LoadScratch& scratch)
      : blob_(blob), view_(view), kind_(kind), target_(target), scratch_(scratch) {}

  /// @returns the failure of the lowest chunk that fails, if one does
  Status load(const ParallelFor& parallel) const;

 private:
  static void run_workers(void* section, uint32_t first, uint32_t last);
  WorkerResult run_worker(uint32_t worker) const;
  Result<Bytes> stored_bytes(const format::Chunk& chunk, MutableBytes staging) const;
  Status add(format::Unpacker& unpacker, const format::Chunk& chunk, Bytes stored) const;
  bool in_place() const { return target_.empty(); }
  MutableBytes place_of(const format::Chunk& chunk) const {
    return target_.slice(chunk.raw_offset, chunk.raw_bytes);
  }

  const BlobBytes& blob_;
  const format::ManifestView& view_;
  format::SectionKind kind_;
  MutableBytes target_;
  const LoadScratch& scratch_;
};

}  // namespace nibble::program
