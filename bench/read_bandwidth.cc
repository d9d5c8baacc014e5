// How fast this machine reads memory: the limit that decode speed is a fraction of.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <sys/mman.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

namespace {

double seconds_now() {
  using namespace std::chrono;
  return duration<double>(steady_clock::now().time_since_epoch()).count();
}

/// Sums a buffer; the additions are far cheaper than the loads at any vector width.
uint64_t read_all(std::span<const uint64_t> words) {
  uint64_t sums[16] = {};
  for (size_t i = 0; i + 16 <= words.size(); i += 16) {
    __builtin_prefetch(words.data() + i + 256);
    __builtin_prefetch(words.data() + i + 264);
    for (size_t j = 0; j < 16; ++j) sums[j] += words[i + j];
  }
  uint64_t total = 0;
  for (uint64_t sum : sums) total += sum;
  return total;
}

std::span<uint64_t> allocate(size_t bytes) {
  constexpr size_t kHugePageBytes = 2u << 20;
  const size_t rounded = (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  void* memory = std::aligned_alloc(kHugePageBytes, rounded);
  if (memory == nullptr) std::exit(3);
  madvise(memory, rounded, MADV_HUGEPAGE);
  std::memset(memory, 1, rounded);
  return {static_cast<uint64_t*>(memory), bytes / sizeof(uint64_t)};
}

/// Bytes a second of `threads` threads, each reading its part of the buffer `passes` times.
double bandwidth(std::span<const uint64_t> buffer, unsigned threads, int passes) {
  volatile uint64_t sink = 0;
  const size_t part = buffer.size() / threads;
  const double start = seconds_now();
  std::vector<std::thread> readers;
  for (unsigned t = 0; t < threads; ++t)
    readers.emplace_back([=, &sink] {
      for (int pass = 0; pass < passes; ++pass)
        sink = sink + read_all(buffer.subspan(t * part, part));
    });
  for (std::thread& reader : readers) reader.join();
  return static_cast<double>(buffer.size_bytes()) * passes / (seconds_now() - start);
}

}  // namespace

/// read_bandwidth [MIB] [THREADS]: median of nine, in GB/s (10^9 bytes).
int main(int argc, char** argv) {
  const size_t mebibytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 72;
  const unsigned threads = argc > 2 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : 1;
  if (mebibytes == 0 || threads == 0) {
    std::fprintf(stderr, "usage: read_bandwidth [MIB] [THREADS], both at least 1\n");
    return 2;
  }
  const std::span<uint64_t> buffer = allocate(mebibytes << 20);
  bandwidth(buffer, threads, 2);
  const int passes = static_cast<int>(std::max<size_t>(1, 1024 / mebibytes));
  std::vector<double> samples;
  for (int i = 0; i < 9; ++i) samples.push_back(bandwidth(buffer, threads, passes));
  std::sort(samples.begin(), samples.end());
  std::printf("%zu MiB, %u thread(s): %.1f GB/s (best %.1f)\n", mebibytes, threads,
              samples[4] / 1e9, samples.back() / 1e9);
}
