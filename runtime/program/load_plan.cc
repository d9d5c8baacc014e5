// The carving of a model's arena and of the memory used while loading.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/program/load_plan.h"

#include "runtime/format/unpack.h"

namespace nibble::program {

using format::SectionKind;
using format::SectionRecord;
using format::Storage;

ModelFront carve_front(Arena& arena, const Placement& placement, uint64_t manifest_bytes,
                       ModelMemory& bill) {
  Bill lines(arena);
  ModelFront front;
  front.state = arena.take<ModelState>(1).data();
  bill.state = lines.item();
  if (!placement.keeps_memory) front.manifest = arena.take<uint8_t>(manifest_bytes);
  bill.manifest = lines.item();
  return front;
}

ModelBack carve_back(Arena& arena, const Placement& placement, uint32_t tensor_count,
                     Span<const SectionRecord> sections, ModelMemory& bill) {
  Bill lines(arena);
  ModelBack back;
  back.tensor_offsets = arena.take<uint64_t>(tensor_count);
  bill.state += lines.item();
  size_t* const items[format::kSectionCount] = {&bill.tokenizer, &bill.weights};
  for (size_t i = 0; i < sections.size(); ++i) {
    if (!placement.in_place(sections[i]))
      back.sections[i] = arena.take<uint8_t>(sections[i].raw_bytes);
    *items[i] = lines.item();
  }
  return back;
}

LoadScratch carve_scratch(Arena& scratch, const Placement& placement,
                          Span<const SectionRecord> sections, ModelMemory& bill) {
  // A raw chunk is read straight into its place; a frame is smaller than what it unpacks to.
  uint64_t staging_bytes = 0;
  for (const SectionRecord& section : sections) {
    if (section.storage != Storage::Zstd) continue;
    if (section.raw_bytes > staging_bytes) staging_bytes = section.raw_bytes;
  }
  const bool unpacks = staging_bytes != 0;
  if (staging_bytes > format::kChunkRawBytes) staging_bytes = format::kChunkRawBytes;

  Bill lines(scratch);
  LoadScratch carved;
  if (unpacks) carved.zstd = scratch.take<uint8_t>(format::kZstdWorkspaceBytes);
  bill.scratch_zstd = lines.item();
  if (unpacks && placement.through_callback) carved.staging = scratch.take<uint8_t>(staging_bytes);
  bill.scratch_staging = lines.item();
  return carved;
}

LoadNeeds total(const ModelMemory& bill) {
  return {.arena_bytes = bill.state + bill.manifest + bill.tokenizer + bill.weights,
          .scratch_bytes = bill.scratch_zstd + bill.scratch_staging};
}

}  // namespace nibble::program
