// The thread pool runs every tile once and all of them before it returns, however often it is used.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/thread_pool.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace nibble {
namespace {

struct Counts {
  std::vector<uint32_t> of_tile;
  std::atomic<uint32_t> calls = 0;
};

void count(void* argument, uint32_t first, uint32_t last) {
  Counts& counts = *static_cast<Counts*>(argument);
  ++counts.calls;
  for (uint32_t tile = first; tile < last; ++tile) ++counts.of_tile[tile];
}

TEST(ThreadPool, RunsEachTileOnceForAnyNumberOfThreadsAndTiles) {
  for (const uint32_t threads : {1u, 2u, 3u, 8u}) {
    ThreadPool pool(threads);
    const ParallelFor parallel = pool.parallel_for();
    for (const uint32_t tiles : {1u, 2u, 3u, 7u, 8u, 9u, 1000u}) {
      Counts counts;
      counts.of_tile.assign(tiles, 0);
      parallel.run(parallel.context, tiles, count, &counts);
      EXPECT_EQ(counts.of_tile, std::vector<uint32_t>(tiles, 1)) << threads << " " << tiles;
      EXPECT_LE(counts.calls, threads);
    }
  }
}

TEST(ThreadPool, HasFinishedAllWorkOnReturn) {
  // Plain counters: a loop that returned early would lose counts, and be a data race.
  ThreadPool pool(4);
  const ParallelFor parallel = pool.parallel_for();
  Counts counts;
  counts.of_tile.assign(16, 0);
  constexpr uint32_t kRounds = 2000;
  for (uint32_t round = 0; round < kRounds; ++round) {
    parallel.run(parallel.context, 16, count, &counts);
  }
  EXPECT_EQ(counts.of_tile, std::vector<uint32_t>(16, kRounds));
}

TEST(ThreadPool, WakesWorkersThatWentToSleep) {
  ThreadPool pool(3);
  const ParallelFor parallel = pool.parallel_for();
  Counts counts;
  counts.of_tile.assign(9, 0);
  for (int round = 0; round < 5; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    parallel.run(parallel.context, 9, count, &counts);
  }
  EXPECT_EQ(counts.of_tile, std::vector<uint32_t>(9, 5));
}

struct Threads {
  uint32_t expected = 1;  ///< calls that must be under way at the same time before any returns
  std::mutex mutex;
  std::condition_variable changed;
  uint32_t calls = 0;
  std::set<std::thread::id> ids;
};

void meet(void* argument, uint32_t, uint32_t) {
  Threads& threads = *static_cast<Threads*>(argument);
  std::unique_lock lock(threads.mutex);
  threads.ids.insert(std::this_thread::get_id());
  ++threads.calls;
  threads.changed.notify_all();
  threads.changed.wait(lock, [&] { return threads.calls >= threads.expected; });
}

TEST(ThreadPool, UsesThatManyThreadsTheCallerIncluded) {
  ThreadPool pool(3);
  const ParallelFor parallel = pool.parallel_for();
  Threads threads;
  threads.expected = 3;
  parallel.run(parallel.context, 3, meet, &threads);
  EXPECT_EQ(threads.ids.size(), 3u);
  EXPECT_TRUE(threads.ids.contains(std::this_thread::get_id()));
}

TEST(ThreadPool, NoThreadsMeansTheCaller) {
  ThreadPool pool(0);
  const ParallelFor parallel = pool.parallel_for();
  Threads threads;
  parallel.run(parallel.context, 10, meet, &threads);
  EXPECT_EQ(threads.ids, std::set{std::this_thread::get_id()});
}

TEST(ThreadPool, CanBeDestroyedWithoutHavingBeenUsed) {
  ThreadPool pool(4);
}

}  // namespace
}  // namespace nibble
