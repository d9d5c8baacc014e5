// Where a model's parts go in its arena, and what loading needs besides: the same functions carve
// and measure.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>

#include "runtime/core/arena.h"
#include "runtime/format/header.h"
#include "runtime/model/model_state.h"

namespace nibble::model {

/// Which bytes of a blob stay where they are, and how the others are read.
struct ResidencyPlan {
  ResidencyPlan(const BlobSource& source, Residency residency)
      : keeps_memory(source.memory != nullptr && residency == Residency::Keep),
        through_callback(source.memory == nullptr),
        concurrent(source.memory != nullptr || source.concurrent_reads) {}

  bool keeps_memory;      ///< The blob's memory outlives the model.
  bool through_callback;  ///< The blob is read through the caller's callback.
  bool concurrent;        ///< Several workers may read at once.
};

/// The parts of the arena that the header alone can size.
struct HeaderSizedParts {
  ModelState* state = nullptr;
  MutableBytes manifest;  ///< Empty when the manifest is used in place.
};
HeaderSizedParts carve_header_sized(Arena& arena, const ResidencyPlan& plan,
                                    uint64_t manifest_bytes, ModelMemory& memory);

/// The parts of the arena that the manifest's counts size.
struct ManifestSizedParts {
  Span<uint64_t> tensor_offsets;
  /// By SectionKind. Here it is decided which sections are used in place: those that are empty.
  MutableBytes sections[format::kSectionCount];
};
ManifestSizedParts carve_manifest_sized(Arena& arena, const ResidencyPlan& plan,
                                        uint32_t tensor_count,
                                        Span<const format::SectionRecord> sections,
                                        ModelMemory& memory);

/// The first failure that a worker found. Of all workers' failures, that of the lowest chunk
/// counts.
struct WorkerResult {
  Failure failure;
  uint64_t chunk = 0;  ///< The chunk that failed.
};

struct LoadScratch {
  uint32_t workers = 1;
  MutableBytes zstd;           ///< An equal part per worker.
  MutableBytes staging;        ///< An equal part per worker.
  Span<WorkerResult> results;  ///< [workers]; empty for one worker.

  MutableBytes zstd_of(uint32_t worker) const { return part(zstd, worker); }
  MutableBytes staging_of(uint32_t worker) const { return part(staging, worker); }

 private:
  MutableBytes part(MutableBytes all, uint32_t worker) const {
    const size_t bytes = all.size() / workers;
    return all.slice(worker * bytes, bytes);
  }
};
/// @param workers  an upper limit; the number used is in the result
LoadScratch carve_scratch(Arena& scratch, const ResidencyPlan& plan,
                          Span<const format::SectionRecord> sections, uint32_t workers,
                          ModelMemory& memory);

/// Sums of the line items of the arena, and of the scratch.
LoadNeeds total(const ModelMemory& memory);

}  // namespace nibble::model
