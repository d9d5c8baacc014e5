// The public face of a model: what it needs, loading, and what it says about itself.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/model.h>

#include "runtime/format/reader.h"
#include "runtime/model/loader.h"

namespace nibble {

namespace {

bool is_source(const BlobSource& source, Residency residency) {
  return (source.memory != nullptr || source.read != nullptr) && residency <= Residency::Release;
}

bool is_worker_count(uint32_t workers) {
  return workers >= 1 && workers <= kMaxLoadWorkers;
}

}  // namespace

Result<ModelMemory> Model::memory(const BlobSource& source, Residency residency, uint32_t workers) {
  if (!is_source(source, residency) || !is_worker_count(workers)) return Error::BadArgument;
  if (source.memory != nullptr && !is_arena_aligned(source.memory)) return Error::ArenaMisaligned;

  alignas(8) uint8_t buffer[sizeof(format::Prefix)];
  const size_t count = source.bytes < sizeof(buffer) ? source.bytes : sizeof(buffer);
  const model::BlobReader blob(source);
  const Bytes first = NIBBLE_TRY(blob.at(0, count, {buffer, sizeof(buffer)}));
  const format::Prefix& prefix = *NIBBLE_TRY(format::check_prefix(first, source.bytes));

  const model::ResidencyPlan plan(source, residency);
  Arena arena = Arena::measuring();
  Arena scratch = Arena::measuring();
  ModelMemory memory;
  model::carve_header_sized(arena, plan, prefix.header.manifest_bytes, memory);
  model::carve_manifest_sized(arena, plan, prefix.manifest.tensor_count, prefix.sections, memory);
  model::carve_scratch(scratch, plan, prefix.sections, workers, memory);
  NIBBLE_TRY(arena.used_bytes());
  NIBBLE_TRY(scratch.used_bytes());
  return memory;
}

Result<LoadNeeds> Model::needs(const BlobSource& source, Residency residency, uint32_t workers) {
  return model::total(NIBBLE_TRY(memory(source, residency, workers)));
}

Result<const Model*> Model::load(const BlobSource& source, Residency residency, MutableBytes arena,
                                 MutableBytes scratch, const LoadConfig& config) {
  if (!is_source(source, residency) || !is_worker_count(config.workers)) return Error::BadArgument;
  if (!is_arena_aligned(arena.data()) || !is_arena_aligned(scratch.data()))
    return Error::ArenaMisaligned;
  model::Loader loader(source, residency, arena, scratch, config);
  return loader.load();
}

const ModelShape& Model::shape() const {
  return ModelState::of(*this).shape;
}
const Tokenizer& Model::tokenizer() const {
  return ModelState::of(*this).tokenizer;
}
Bytes Model::identity() const {
  return ModelState::of(*this).identity;
}
const ModelStrings& Model::strings() const {
  return ModelState::of(*this).strings;
}
const SelfTest& Model::self_test() const {
  return ModelState::of(*this).self_test;
}

}  // namespace nibble
