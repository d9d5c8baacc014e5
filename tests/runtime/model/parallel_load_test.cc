// Tests of loading with several workers: the same model, exact scratch, the first failure.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/model.h>

#include <cstring>

#include "runtime/format/payload.h"
#include "runtime/format/reader.h"
#include "runtime/model/model_state.h"
#include "tests/support/partitions.h"
#include "tests/support/test_model.h"
#include "tests/support/tiny_llama.h"

namespace nibble::test {
namespace {

using format::Storage;

constexpr uint32_t kChunks = 6;  // of Weights

/// tiny_llama() and a tensor nobody uses that fills several chunks: some compress, some do not.
offline::BlobBytes long_blob(Storage storage) {
  TinyModel tiny = tiny_llama(storage);
  offline::BlobContents& contents = tiny.contents;
  contents.tensors.push_back({.type = format::TensorType::Int8,
                              .role = format::Role::FfnDown,
                              .layer = 1,
                              .group = 32,
                              .reserved = 0,
                              .rows = 4096,
                              .columns = 1280});
  contents.tensor_names.push_back("unused");
  const Span<const format::TensorRecord> tensors(contents.tensors.data(), contents.tensors.size());
  tiny.weights.resize(format::tensor_offsets(tensors, {}).value());
  uint32_t state = 1;
  for (size_t i = tiny.weights.size() / kChunks; i < tiny.weights.size(); ++i) {
    state = state * 1664525 + 1013904223;
    const bool is_dense = (i >> 20) % 2 == 0;
    tiny.weights[i] = static_cast<uint8_t>(state >> (is_dense ? 24 : 28));
  }
  contents.sections[1] = {storage, tiny.weights};
  return offline::build_blob(contents, {});
}

const offline::BlobBytes& blob_with(Storage storage) {
  static const offline::BlobBytes raw = long_blob(Storage::Raw), zstd = long_blob(Storage::Zstd);
  return storage == Storage::Raw ? raw : zstd;
}

BlobSource memory_of(const offline::BlobBytes& blob) {
  return BlobSource::from_memory({blob.data(), blob.size()});
}

/// A callback that any thread may use.
BlobSource parts_of(const offline::BlobBytes& blob) {
  return {.bytes = blob.size(),
          .read =
              [](void* context, uint64_t offset, MutableBytes out) {
                const auto& bytes = *static_cast<const offline::BlobBytes*>(context);
                std::memcpy(out.data(), bytes.data() + offset, out.size());
                return true;
              },
          .context = const_cast<offline::BlobBytes*>(&blob),
          .concurrent_reads = true};
}

/// What loading in exactly the memory asked for says; the model's weights, if they are wanted.
Failure load(const BlobSource& source, Residency residency, const LoadConfig& config,
             std::vector<uint8_t>* weights = nullptr) {
  const LoadNeeds needs = checked(Model::needs(source, residency, config.workers));
  const GuardedMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
  const Result<const Model*> model =
      Model::load(source, residency, arena.bytes(), scratch.bytes(), config);
  EXPECT_TRUE(arena.canaries_whole() && scratch.canaries_whole());
  if (model.ok() && weights != nullptr) {
    const ModelState& state = ModelState::of(*model.value());
    const Span<const format::TensorRecord> tensors = state.program.tensors;
    weights->assign(state.weights, state.weights + format::tensor_offsets(tensors, {}).value());
  }
  return model.failure();
}

TEST(ParallelLoad, GivesTheSameWeightsForAnyWorkersAndSource) {
  std::vector<uint8_t> expected;
  ASSERT_EQ(load(memory_of(blob_with(Storage::Raw)), Residency::Keep, {}, &expected).error,
            Error::None);
  BackwardPartition backward;
  for (const uint32_t workers : {1u, 2u, 3u, 5u, 64u}) {
    ThreadPartition threads(std::min(workers, kChunks));
    const LoadConfig configs[] = {{.workers = workers, .parallel = threads.parallel_for()},
                                  {.workers = workers, .parallel = backward.parallel_for()},
                                  {.workers = workers, .parallel = {}}};
    for (const LoadConfig& config : configs) {
      for (const Storage storage : {Storage::Raw, Storage::Zstd}) {
        for (const Residency residency : {Residency::Keep, Residency::Release}) {
          for (const BlobSource& source :
               {memory_of(blob_with(storage)), parts_of(blob_with(storage))}) {
            std::vector<uint8_t> weights;
            ASSERT_EQ(load(source, residency, config, &weights).error, Error::None) << workers;
            ASSERT_TRUE(weights == expected) << workers;
          }
        }
      }
    }
  }
}

TEST(ParallelLoad, NeedsScratchForEachWorkerThatHasAChunk) {
  const BlobSource source = parts_of(blob_with(Storage::Zstd));
  const auto memory = [&](uint32_t workers) {
    return checked(Model::memory(source, Residency::Release, workers));
  };
  EXPECT_EQ(memory(1).scratch_results, 0u);
  EXPECT_EQ(memory(3).scratch_zstd, 3 * memory(1).scratch_zstd);
  EXPECT_EQ(memory(3).scratch_staging, 3 * memory(1).scratch_staging);
  EXPECT_GT(memory(3).scratch_results, 0u);
  EXPECT_EQ(memory(kMaxLoadWorkers).scratch_zstd, kChunks * memory(1).scratch_zstd);
}

TEST(ParallelLoad, RefusesScratchForFewerWorkers) {
  const BlobSource source = memory_of(blob_with(Storage::Zstd));
  const LoadNeeds needs = checked(Model::needs(source, Residency::Release, 3));
  const GuardedMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
  const Failure failure =
      Model::load(source, Residency::Release, arena.bytes(),
                  scratch.bytes().first(needs.scratch_bytes - 1), {.workers = 3})
          .failure();
  EXPECT_EQ(failure.error, Error::ArenaTooSmall);
  EXPECT_EQ(failure.where, needs.scratch_bytes);
}

TEST(ParallelLoad, RefusesAnImpossibleNumberOfWorkers) {
  const BlobSource source = memory_of(blob_with(Storage::Raw));
  for (const uint32_t workers : {0u, kMaxLoadWorkers + 1}) {
    EXPECT_EQ(Model::needs(source, Residency::Keep, workers).error(), Error::BadArgument);
    EXPECT_EQ(Model::load(source, Residency::Keep, {}, {}, {.workers = workers}).error(),
              Error::BadArgument);
  }
}

TEST(ParallelLoad, ReadsInOrderWhereTheCallbackAllowsNoMore) {
  const offline::BlobBytes& blob = blob_with(Storage::Zstd);
  CallbackBlob reader{.blob = {blob.data(), blob.size()}};
  ThreadPartition threads(4);
  const BlobSource source = reader.source();
  EXPECT_EQ(checked(Model::needs(source, Residency::Release, 4)).scratch_bytes,
            checked(Model::needs(source, Residency::Release)).scratch_bytes);
  reader = {.blob = {blob.data(), blob.size()}};
  const LoadNeeds needs = checked(Model::needs(source, Residency::Release, 4));
  const GuardedMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
  reader = {.blob = {blob.data(), blob.size()}};
  const LoadConfig config{.workers = 4, .parallel = threads.parallel_for()};
  EXPECT_TRUE(Model::load(source, Residency::Release, arena.bytes(), scratch.bytes(), config).ok());
  EXPECT_TRUE(reader.ascending);
  EXPECT_EQ(reader.next_offset, blob.size());
}

/// Damages one stored byte of each chunk of Weights that `mask` names.
uint32_t damage(offline::BlobBytes& blob, uint32_t mask) {
  const auto& header = *reinterpret_cast<const format::Header*>(blob.data());
  const format::ManifestView view =
      format::ManifestView::open(header, {blob.data() + sizeof(header), header.manifest_bytes})
          .value();
  format::ChunkCursor cursor(view, format::SectionKind::Weights);
  uint32_t first = 0;
  uint32_t i = 0;
  for (format::Chunk chunk; cursor.next(chunk); ++i) {
    if ((mask >> i & 1) == 0) continue;
    if (first == 0) first = chunk.index;
    blob[chunk.blob_offset + chunk.record->stored_bytes / 2] ^= 1;
  }
  EXPECT_EQ(i, kChunks);
  return first;
}

TEST(ParallelLoad, ReportsTheFirstDamagedChunkWhateverTheWorkers) {
  for (const Storage storage : {Storage::Raw, Storage::Zstd}) {
    for (uint32_t mask = 1; mask < 1u << kChunks; mask += 5) {
      offline::BlobBytes blob = blob_with(storage);
      const uint32_t first = damage(blob, mask);
      for (const uint32_t workers : {1u, 2u, 4u}) {
        ThreadPartition threads(workers);
        const LoadConfig config{.workers = workers, .parallel = threads.parallel_for()};
        for (const BlobSource& source : {memory_of(blob), parts_of(blob)}) {
          const Failure failure = load(source, Residency::Keep, config);
          ASSERT_EQ(failure.error, Error::ChunkStoredHash);
          ASSERT_EQ(failure.where, first) << workers << " workers, chunks " << mask;
        }
      }
    }
  }
}

}  // namespace
}  // namespace nibble::test
