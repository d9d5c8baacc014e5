// Two partitions whose results must not differ from the caller's own loop.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/partitions.h"

#include <thread>
#include <vector>

namespace nibble::test {

ParallelFor ThreadPartition::parallel_for() {
  return {.context = this, .run = run};
}

void ThreadPartition::run(void* context, uint32_t tiles, void (*body)(void*, uint32_t, uint32_t),
                          void* argument) {
  const unsigned threads = static_cast<const ThreadPartition*>(context)->threads_;
  std::vector<std::jthread> running;
  for (unsigned i = 1; i < threads; ++i)
    running.emplace_back(body, argument, tiles * i / threads, tiles * (i + 1) / threads);
  body(argument, 0, tiles / threads);
}

ParallelFor BackwardPartition::parallel_for() {
  return {
      .context = nullptr,
      .run = [](void*, uint32_t tiles, void (*body)(void*, uint32_t, uint32_t), void* argument) {
        for (uint32_t tile = tiles; tile-- > 0;) body(argument, tile, tile + 1);
      }};
}

}  // namespace nibble::test
