// The carving of a model's arena and of the memory used while loading.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/model/load_plan.h"

#include "runtime/format/tables.h"
#include "runtime/format/unpack.h"

namespace nibble::program {

using format::SectionKind;
using format::SectionRecord;
using format::Storage;

ModelFront carve_front(Arena& arena, const Placement& placement, uint64_t manifest_bytes,
                       ModelMemory& memory) {
  ArenaLedger ledger(arena);
  ModelFront front;
  front.state = arena.take<ModelState>(1).data();
  memory.state = ledger.bytes_since();
  if (!placement.keeps_memory) front.manifest = arena.take<uint8_t>(manifest_bytes);
  memory.manifest = ledger.bytes_since();
  return front;
}

ModelBack carve_back(Arena& arena, const Placement& placement, uint32_t tensor_count,
                     Span<const SectionRecord> sections, ModelMemory& memory) {
  ArenaLedger ledger(arena);
  ModelBack back;
  back.tensor_offsets = arena.take<uint64_t>(tensor_count);
  memory.state += ledger.bytes_since();
  size_t* const items[format::kSectionCount] = {&memory.tokenizer, &memory.weights};
  for (size_t i = 0; i < sections.size(); ++i) {
    if (!placement.in_place(sections[i]))
      back.sections[i] = arena.take<uint8_t>(sections[i].raw_bytes);
    *items[i] = ledger.bytes_since();
  }
  return back;
}

namespace {

/// Of a stored chunk that has to be staged: a raw one is read straight into its place, and a frame
/// is smaller than what it unpacks to.
uint64_t largest_frame_bytes(Span<const SectionRecord> sections) {
  uint64_t largest = 0;
  for (const SectionRecord& section : sections)
    if (section.storage == Storage::Zstd && section.raw_bytes > largest)
      largest = section.raw_bytes;
  return largest < format::kChunkRawBytes ? largest : format::kChunkRawBytes;
}

uint32_t usable_workers(const Placement& placement, Span<const SectionRecord> sections,
                        uint32_t workers) {
  if (!placement.concurrent) return 1;
  uint64_t chunks = 1;
  for (const SectionRecord& section : sections) {
    const uint64_t count = format::chunk_count(section.raw_bytes);
    if (count > chunks) chunks = count;
  }
  return workers < chunks ? workers : static_cast<uint32_t>(chunks);
}

}  // namespace

LoadScratch carve_scratch(Arena& scratch, const Placement& placement,
                          Span<const SectionRecord> sections, uint32_t workers,
                          ModelMemory& memory) {
  const uint64_t frame_bytes = largest_frame_bytes(sections);
  LoadScratch carved;
  carved.workers = usable_workers(placement, sections, workers);

  ArenaLedger ledger(scratch);
  if (frame_bytes != 0)
    carved.zstd = scratch.take<uint8_t>(uint64_t{carved.workers} * format::kZstdWorkspaceBytes);
  memory.scratch_zstd = ledger.bytes_since();
  if (placement.through_callback)
    carved.staging = scratch.take<uint8_t>(carved.workers * frame_bytes);
  memory.scratch_staging = ledger.bytes_since();
  if (carved.workers > 1) carved.results = scratch.take<WorkerResult>(carved.workers);
  memory.scratch_results = ledger.bytes_since();
  return carved;
}

LoadNeeds total(const ModelMemory& memory) {
  return {.arena_bytes = memory.state + memory.manifest + memory.tokenizer + memory.weights,
          .scratch_bytes = memory.scratch_zstd + memory.scratch_staging + memory.scratch_results};
}

}  // namespace nibble::program
