// Each worker takes its chunks in ascending order, up to its first failure; the lowest failure
// counts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/model/section_chunks.h"

namespace nibble::model {

using format::Chunk;
using format::Codec;

Result<Bytes> SectionChunks::load(const ParallelFor& parallel) const {
  const Failure failure = run_all(parallel);
  if (failure.error != Error::None) return failure;
  if (!target_.empty()) return Bytes(target_);
  return blob_.at(view_.location(kind_).blob_offset, view_.section(kind_).uncompressed_bytes, {});
}

Failure SectionChunks::run_all(const ParallelFor& parallel) const {
  const uint32_t workers = scratch_.workers;
  if (workers == 1) return run_worker(0).failure;
  auto* const argument = const_cast<SectionChunks*>(this);
  if (parallel.run != nullptr)
    parallel.run(parallel.context, workers, run_workers, argument);
  else
    run_workers(argument, 0, workers);

  WorkerResult lowest;
  for (const WorkerResult& result : scratch_.results) {
    if (result.failure.error == Error::None) continue;
    if (lowest.failure.error == Error::None || result.chunk < lowest.chunk) lowest = result;
  }
  return lowest.failure;
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
    const Status added = unpacker.add(chunk, stored.value(), destination(chunk));
    if (!added.ok()) return {added.failure(), added.failure().where};
  }
  const Status last = unpacker.finish();
  return {last.failure(), last.failure().where};
}

/// Empty when the section is used in place.
MutableBytes SectionChunks::destination(const Chunk& chunk) const {
  if (target_.empty()) return {};
  return target_.slice(chunk.section_offset, chunk.uncompressed_bytes);
}

Result<Bytes> SectionChunks::stored_bytes(const Chunk& chunk, MutableBytes staging) const {
  // A callback fills an uncompressed chunk's destination itself.
  const MutableBytes buffer = chunk.record->codec == Codec::None ? destination(chunk) : staging;
  return blob_.at(chunk.blob_offset, chunk.record->stored_bytes, buffer);
}

}  // namespace nibble::model
