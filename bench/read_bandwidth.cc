// How fast this machine reads memory: the limit that decode speed is a fraction of.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <sys/mman.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace {

constexpr int kRounds = 9;
constexpr size_t kSampleMebibytes = 512;  // that one sample reads, or the buffer once

double seconds_now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// One load takes this much where registers are as wide; several loads do where they are not.
using Lanes = uint64_t __attribute__((vector_size(32)));
constexpr size_t kLineLanes = 64 / sizeof(Lanes);
using Read = uint64_t (*)(std::span<const Lanes>);

/// Combines every byte of a buffer, which costs less than loading it. Streams are parts of the
/// buffer that are read at the same time.
template <size_t kStreams, size_t kAheadBytes>
[[gnu::always_inline]] inline uint64_t read_streams(std::span<const Lanes> buffer) {
  Lanes sums[kStreams][kLineLanes] = {};
  const size_t stream_lanes = buffer.size() / kStreams / kLineLanes * kLineLanes;
  for (size_t i = 0; i < stream_lanes; i += kLineLanes)
    for (size_t stream = 0; stream < kStreams; ++stream) {
      const Lanes* line = buffer.data() + stream * stream_lanes + i;
      if constexpr (kAheadBytes != 0) __builtin_prefetch(line + kAheadBytes / sizeof(Lanes));
      for (size_t lane = 0; lane < kLineLanes; ++lane) sums[stream][lane] |= line[lane];
    }
  Lanes all{};
  for (const auto& stream : sums)
    for (const Lanes& lanes : stream) all |= lanes;
  return all[0] | all[1] | all[2] | all[3];
}

template <size_t kStreams, size_t kAheadBytes>
uint64_t read_portably(std::span<const Lanes> buffer) {
  return read_streams<kStreams, kAheadBytes>(buffer);
}

#if defined(__x86_64__)
template <size_t kStreams, size_t kAheadBytes>
__attribute__((target("avx2"))) uint64_t read_with_avx2(std::span<const Lanes> buffer) {
  return read_streams<kStreams, kAheadBytes>(buffer);
}
#endif

/// The widest loads of the CPU that runs this, whichever CPU compiled it.
template <size_t kStreams, size_t kAheadBytes>
Read widest_read() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) return read_with_avx2<kStreams, kAheadBytes>;
#endif
  return read_portably<kStreams, kAheadBytes>;
}

/// A way of reading. None is the fastest everywhere: all are tried, and the best is the limit.
struct Reader {
  const char* name;
  Read read;
};

std::array<Reader, 5> readers() {
  return {{{"1 stream", widest_read<1, 0>()},
           {"1 stream, prefetch 4 KiB ahead", widest_read<1, 4096>()},
           {"1 stream, prefetch 12 KiB ahead", widest_read<1, 12288>()},
           {"4 streams", widest_read<4, 0>()},
           {"4 streams, prefetch 4 KiB ahead", widest_read<4, 4096>()}}};
}

std::span<Lanes> allocate(size_t bytes) {
  constexpr size_t kHugePageBytes = 2u << 20;
  const size_t rounded = (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  void* memory = std::aligned_alloc(kHugePageBytes, rounded);
  if (memory == nullptr) std::exit(3);
  madvise(memory, rounded, MADV_HUGEPAGE);
  std::memset(memory, 1, rounded);
  return {static_cast<Lanes*>(memory), bytes / sizeof(Lanes)};
}

/// Bytes per second of threads that each read their part of the buffer; this thread is the first.
double bandwidth(const Reader& reader, std::span<const Lanes> buffer, unsigned threads,
                 int passes) {
  const size_t part = buffer.size() / threads;
  std::vector<uint64_t> results(threads);
  std::barrier start_line(threads), finish_line(threads);
  const auto read_part = [&](unsigned t) {
    start_line.arrive_and_wait();
    for (int pass = 0; pass < passes; ++pass)
      results[t] |= reader.read(buffer.subspan(t * part, part));
    finish_line.arrive_and_wait();
  };
  std::vector<std::jthread> others;
  for (unsigned t = 1; t < threads; ++t) others.emplace_back(read_part, t);
  const double start = seconds_now();
  read_part(0);
  const double seconds = seconds_now() - start;
  if (results[0] == 0) std::abort();  // never, but the compiler must not know
  return static_cast<double>(buffer.size_bytes()) * passes / seconds;
}

struct Figures {
  const char* reader;
  double median, best;
};

/// The reader with the highest median; samples of all of them alternate, to see the same machine.
Figures measure(std::span<const Lanes> buffer, unsigned threads, int passes) {
  const auto all = readers();
  std::vector<std::vector<double>> samples(all.size());
  for (int round = 0; round < kRounds; ++round)
    for (size_t i = 0; i < all.size(); ++i)
      samples[i].push_back(bandwidth(all[i], buffer, threads, passes));
  Figures limit{};
  for (size_t i = 0; i < all.size(); ++i) {
    std::ranges::sort(samples[i]);
    const double median = samples[i][kRounds / 2];
    if (median > limit.median)
      limit = {.reader = all[i].name, .median = median, .best = samples[i].back()};
  }
  return limit;
}

}  // namespace

int main(int count, char** arguments) {
  CLI::App app("Reads a buffer in several ways and prints the fastest, in GB/s (10^9 bytes).");
  size_t mebibytes = 72;
  unsigned threads = 1;
  bool json = false;
  app.add_option("MIB", mebibytes)->check(CLI::Range(1, 65536))->capture_default_str();
  app.add_option("THREADS", threads)->check(CLI::Range(1, 256))->capture_default_str();
  app.add_flag("--json", json, "Print bytes per second as JSON");
  CLI11_PARSE(app, count, arguments);

  const std::span<Lanes> buffer = allocate(mebibytes << 20);
  const int passes = static_cast<int>(std::max<size_t>(1, kSampleMebibytes / mebibytes));
  const Figures limit = measure(buffer, threads, passes);
  if (json)
    std::printf(
        "{\"mebibytes\": %zu, \"threads\": %u, \"reader\": \"%s\", "
        "\"median_bytes_per_second\": %.0f, \"best_bytes_per_second\": %.0f}\n",
        mebibytes, threads, limit.reader, limit.median, limit.best);
  else
    std::printf("%zu MiB, %u thread(s): %.1f GB/s (best %.1f), %s\n", mebibytes, threads,
                limit.median / 1e9, limit.best / 1e9, limit.reader);
}
