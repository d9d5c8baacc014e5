// The chunks of one section, divided among the workers that verify and unpack them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/format/payload.h"
#include "runtime/format/unpack.h"
#include "runtime/model/blob_reader.h"
#include "runtime/model/load_plan.h"

namespace nibble::model {

/// Verifies a section where it is stored, or unpacks it into `target`. Worker w of n takes chunks
/// w, w + n, w + 2n, …: the workers stay near each other in the file, and each ascends.
class SectionChunks {
 public:
  /// @param target  the section's uncompressed bytes; empty: the section is used in place
  SectionChunks(const BlobReader& blob, const format::ManifestView& view, format::SectionKind kind,
                MutableBytes target, const LoadScratch& scratch)
      : blob_(blob), view_(view), kind_(kind), target_(target), scratch_(scratch) {}

  /// @returns the section's bytes, verified | the failure of the lowest chunk that fails
  Result<Bytes> load(const ParallelFor& parallel) const;

 private:
  Failure run_all(const ParallelFor& parallel) const;
  static void run_workers(void* section, uint32_t first, uint32_t last);
  WorkerResult run_worker(uint32_t worker) const;
  Result<Bytes> stored_bytes(const format::Chunk& chunk, MutableBytes staging) const;
  MutableBytes destination(const format::Chunk& chunk) const;

  const BlobReader& blob_;
  const format::ManifestView& view_;
  format::SectionKind kind_;
  MutableBytes target_;
  const LoadScratch& scratch_;
};

}  // namespace nibble::model
