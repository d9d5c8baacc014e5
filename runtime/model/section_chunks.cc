// One worker: its chunks in ascending order, up to its first failure; and what all of them found.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/model/section_chunks.h"

namespace nibble::program {

using format::Chunk;
using format::Codec;

Status SectionChunks::load(const ParallelFor& parallel) const {
  const uint32_t workers = scratch_.workers;
  if (workers == 1) {
    const WorkerResult only = run_worker(0);
    if (only.failure.error != Error::None) return only.failure;
    return {};
  }
  auto* const argument = const_cast<SectionChunks*>(this);
  if (parallel.run != nullptr)
    parallel.run(parallel.context, workers, run_workers, argument);
  else
    run_workers(argument, 0, workers);

  const WorkerResult* first = nullptr;
  for (const WorkerResult& result : scratch_.results) {
    if (result.failure.error == Error::None) continue;
    if (first == nullptr || result.chunk < first->chunk) first = &result;
  }
  if (first != nullptr) return first->failure;
  return {};
}

void SectionChunks::run_workers(void* section, uint32_t first, uint32_t last) {
  const SectionChunks& self = *static_cast<const SectionChunks*>(section);
  for (uint32_t worker = first; worker < last; ++worker)
    self.scratch_.results[worker] = self.run_worker(worker);
}

WorkerResult SectionChunks::run_worker(uint32_t worker) const {
  format::Unpacker unpacker(scratch_.zstd_of(worker));
  format::ChunkCursor cursor(view_, kind_);
  Chunk chunk;
  for (uint32_t i = 0; cursor.next(chunk); ++i) {
    if (i % scratch_.workers != worker) continue;
    const Result<Bytes> stored = stored_bytes(chunk, scratch_.staging_of(worker));
    if (!stored.ok()) {
      // The hash that still waits is of a chunk before this one.
      const Status before = unpacker.finish();
      if (before.ok()) return {stored.failure(), chunk.index};
      return {before.failure(), before.failure().where};
    }
    const Status added = add(unpacker, chunk, stored.value());
    if (!added.ok()) return {added.failure(), added.failure().where};
  }
  const Status last = unpacker.finish();
  return {last.failure(), last.failure().where};
}

Result<Bytes> SectionChunks::stored_bytes(const Chunk& chunk, MutableBytes staging) const {
  // A raw chunk from a callback is read straight into its place.
  const bool is_placed = chunk.record->codec == Codec::Raw && !in_place();
  return blob_.at(chunk.blob_offset, chunk.record->stored_bytes,
                  is_placed ? place_of(chunk) : staging);
}

Status SectionChunks::add(format::Unpacker& unpacker, const Chunk& chunk, Bytes stored) const {
  if (in_place()) return unpacker.add_in_place(chunk, stored);
  return unpacker.add(chunk, stored, place_of(chunk));
}

}  // namespace nibble::program
