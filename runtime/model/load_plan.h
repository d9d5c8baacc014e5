// Where a model's parts go in its arena: one function carves it and measures it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/model.h>

#include "runtime/core/arena.h"
#include "runtime/core/arena_ledger.h"
#include "runtime/format/header.h"
#include "runtime/model/model_state.h"

namespace nibble::program {

/// What of a blob is used where it lies.
struct Placement {
  Placement(const BlobSource& source, Residency residency)
      : keeps_memory(source.memory != nullptr && residency == Residency::Keep),
        through_callback(source.memory == nullptr),
        concurrent(source.memory != nullptr || source.concurrent_reads) {}

  bool in_place(const format::SectionRecord& section) const {
    return keeps_memory && section.storage == format::Storage::Raw;
  }

  bool keeps_memory;
  bool through_callback;
  bool concurrent;  ///< Several workers may take bytes at once.
};

/// What the header alone can size.
struct ModelFront {
  ModelState* state = nullptr;
  MutableBytes manifest;  ///< Empty when used in place.
};
ModelFront carve_front(Arena& arena, const Placement& placement, uint64_t manifest_bytes,
                       ModelMemory& memory);

/// What needs the manifest's counts.
struct ModelBack {
  Span<uint64_t> tensor_offsets;
  MutableBytes sections[format::kSectionCount];  ///< Empty when used in place.
};
ModelBack carve_back(Arena& arena, const Placement& placement, uint32_t tensor_count,
                     Span<const format::SectionRecord> sections, ModelMemory& memory);

/// What a worker met. The first failure of all chunks is that of the lowest chunk.
struct WorkerResult {
  Failure failure;
  uint64_t chunk = 0;  ///< that failed
};

struct LoadScratch {
  uint32_t workers = 1;
  MutableBytes zstd;           ///< An equal part for each worker.
  MutableBytes staging;        ///< Likewise.
  Span<WorkerResult> results;  ///< [workers]; empty for one.

  MutableBytes zstd_of(uint32_t worker) const { return part(zstd, worker); }
  MutableBytes staging_of(uint32_t worker) const { return part(staging, worker); }

 private:
  MutableBytes part(MutableBytes all, uint32_t worker) const {
    const size_t bytes = all.size() / workers;
    return all.slice(worker * bytes, bytes);
  }
};
/// @param workers  as asked for: used are at most as many as can be
LoadScratch carve_scratch(Arena& scratch, const Placement& placement,
                          Span<const format::SectionRecord> sections, uint32_t workers,
                          ModelMemory& memory);

/// Sum of the line items of the arena, and of the scratch.
LoadNeeds total(const ModelMemory& memory);

}  // namespace nibble::program
