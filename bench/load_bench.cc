// The load path: SHA-256 by itself, and a model's weights verified, decompressed and placed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <benchmark/benchmark.h>
#include <nibble/cpu.h>
#include <nibble/model.h>
#include <nibble/thread_pool.h>

#include <cstdio>
#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "offline/host/failure_text.h"
#include "offline/host/host_memory.h"
#include "offline/host/loaded_model.h"
#include "runtime/kernels/sha256/select.h"

namespace {

using namespace nibble;
using namespace nibble::offline;

constexpr size_t kMessageBytes = 1 << 20;  // a chunk

void hash_one(benchmark::State& state, const format::Sha256Functions& functions) {
  const std::string message(kMessageBytes, 'x');
  for (auto step : state) {
    format::Sha256 hash(functions);
    hash.update({reinterpret_cast<const uint8_t*>(message.data()), message.size()});
    benchmark::DoNotOptimize(hash.finish());
  }
  state.SetBytesProcessed(state.iterations() * kMessageBytes);
}

void hash_pair(benchmark::State& state, const format::Sha256Functions& functions) {
  const std::string message(2 * kMessageBytes, 'x');
  const Bytes bytes(reinterpret_cast<const uint8_t*>(message.data()), message.size());
  for (auto step : state) {
    format::Sha256 hash(functions), other(functions);
    format::Sha256::update_pair(hash, bytes.first(kMessageBytes), other, bytes.from(kMessageBytes));
    benchmark::DoNotOptimize(hash.finish());
    benchmark::DoNotOptimize(other.finish());
  }
  state.SetBytesProcessed(state.iterations() * 2 * kMessageBytes);
}

/// Bytes a second of the weights as they are used, whatever is stored of them.
void load(benchmark::State& state, const BlobSource& source, Residency residency,
          uint32_t workers) {
  ThreadPool threads(workers);
  const LoadConfig config{.workers = workers, .parallel = threads.parallel_for()};
  const LoadNeeds needs = value_or_throw(Model::needs(source, residency, workers), "blob");
  const HostMemory arena(needs.arena_bytes), scratch(needs.scratch_bytes);
  for (auto step : state)
    value_or_throw(Model::load(source, residency, arena.bytes(), scratch.bytes(), config), "blob");
  // Released weights are all in the arena; kept ones are all of the blob but a few kilobytes.
  const uint64_t weights = value_or_throw(Model::memory(source, Residency::Release), "").weights;
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(weights));
}

void register_hashes() {
  const auto add = [](const std::string& name, const format::Sha256Functions& functions) {
    benchmark::RegisterBenchmark(("sha256/" + name + "/one").c_str(), hash_one, functions);
    benchmark::RegisterBenchmark(("sha256/" + name + "/pair").c_str(), hash_pair, functions);
  };
  add("portable", format::kPortableSha256);
  if (const format::Sha256Functions* accelerated = accelerated_sha256(cpu_features()))
    add("accelerated", *accelerated);
}

void register_loads(const std::string& name, const BlobSource& memory, const MappedFile& file) {
  const BlobSource callback{.bytes = memory.bytes,
                            .read =
                                [](void* context, uint64_t offset, MutableBytes out) {
                                  return static_cast<const MappedFile*>(context)->read(
                                      offset, {out.data(), out.size()});
                                },
                            .context = const_cast<MappedFile*>(&file),
                            .concurrent_reads = true};
  for (const uint32_t workers : {1u, 2u}) {
    const auto add = [&](const char* way, const BlobSource& source, Residency residency) {
      const std::string full = "load/" + name + "/" + way + "/" + std::to_string(workers);
      auto* const bench =
          benchmark::RegisterBenchmark(full.c_str(), load, source, residency, workers);
      bench->Unit(benchmark::kMillisecond);
      if (workers > 1) bench->UseRealTime();
    };
    add("memory-keep", memory, Residency::Keep);
    add("memory-release", memory, Residency::Release);
    add("callback", callback, Residency::Release);
  }
}

}  // namespace

/// Usage: load_bench [BLOB…] [--benchmark_…]
int main(int count, char** arguments) {
  benchmark::Initialize(&count, arguments);
  register_hashes();
  try {
    std::vector<std::unique_ptr<MappedFile>> files;
    for (int i = 1; i < count; ++i) {
      const std::filesystem::path path = arguments[i];
      const MappedFile& file = *files.emplace_back(std::make_unique<MappedFile>(path));
      register_loads(path.filename().string(), blob_of(file, path.string()), file);
    }
    benchmark::RunSpecifiedBenchmarks();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "load_bench: %s\n", error.what());
    return 1;
  }
  return 0;
}
