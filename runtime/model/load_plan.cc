// The carving of a model's arena and of the memory used while loading.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/model/load_plan.h"

#include "runtime/format/tables.h"
#include "runtime/format/unpack.h"

namespace nibble::model {

using format::SectionRecord;
using format::Storage;

HeaderSizedParts carve_header_sized(Arena& arena, const ResidencyPlan& plan,
                                    uint64_t manifest_bytes, ModelMemory& memory) {
  ArenaLedger ledger(arena);
  HeaderSizedParts parts;
  parts.state = arena.take<ModelState>(1).data();
  memory.state = ledger.bytes_since();
  if (!plan.keeps_memory) parts.manifest = arena.take<uint8_t>(manifest_bytes);
  memory.manifest = ledger.bytes_since();
  return parts;
}

ManifestSizedParts carve_manifest_sized(Arena& arena, const ResidencyPlan& plan,
                                        uint32_t tensor_count, Span<const SectionRecord> sections,
                                        ModelMemory& memory) {
  ArenaLedger ledger(arena);
  ManifestSizedParts parts;
  parts.tensor_offsets = arena.take<uint64_t>(tensor_count);
  memory.state += ledger.bytes_since();
  size_t* const items[format::kSectionCount] = {&memory.tokenizer, &memory.weights};
  for (size_t i = 0; i < sections.size(); ++i) {
    const bool in_place = plan.keeps_memory && sections[i].storage == Storage::Raw;
    if (!in_place) parts.sections[i] = arena.take<uint8_t>(sections[i].uncompressed_bytes);
    *items[i] = ledger.bytes_since();
  }
  return parts;
}

namespace {

/// The most bytes that a frame can have: it is smaller than its chunk's uncompressed bytes. Only
/// frames are staged; an uncompressed chunk is read straight to where it is used.
uint64_t largest_frame_bytes(Span<const SectionRecord> sections) {
  uint64_t largest = 0;
  for (const SectionRecord& section : sections)
    if (section.storage == Storage::Zstd && section.uncompressed_bytes > largest)
      largest = section.uncompressed_bytes;
  return largest < format::kChunkUncompressedBytes ? largest : format::kChunkUncompressedBytes;
}

uint32_t usable_workers(const ResidencyPlan& plan, Span<const SectionRecord> sections,
                        uint32_t workers) {
  if (!plan.concurrent) return 1;
  uint64_t chunks = 1;
  for (const SectionRecord& section : sections) {
    const uint64_t count = format::chunk_count(section.uncompressed_bytes);
    if (count > chunks) chunks = count;
  }
  return workers < chunks ? workers : static_cast<uint32_t>(chunks);
}

}  // namespace

LoadScratch carve_scratch(Arena& scratch, const ResidencyPlan& plan,
                          Span<const SectionRecord> sections, uint32_t workers,
                          ModelMemory& memory) {
  const uint64_t frame_bytes = largest_frame_bytes(sections);
  LoadScratch carved;
  carved.workers = usable_workers(plan, sections, workers);

  ArenaLedger ledger(scratch);
  if (frame_bytes != 0)
    carved.zstd = scratch.take<uint8_t>(uint64_t{carved.workers} * format::kZstdWorkspaceBytes);
  memory.scratch_zstd = ledger.bytes_since();
  if (plan.through_callback) carved.staging = scratch.take<uint8_t>(carved.workers * frame_bytes);
  memory.scratch_staging = ledger.bytes_since();
  if (carved.workers > 1) carved.results = scratch.take<WorkerResult>(carved.workers);
  memory.scratch_results = ledger.bytes_since();
  return carved;
}

LoadNeeds total(const ModelMemory& memory) {
  return {.arena_bytes = memory.state + memory.manifest + memory.tokenizer + memory.weights,
          .scratch_bytes = memory.scratch_zstd + memory.scratch_staging + memory.scratch_results};
}

}  // namespace nibble::model
