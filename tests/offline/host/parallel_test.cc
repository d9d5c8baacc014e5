// Tasks on several threads: all of them, or the error of the first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/parallel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace nibble::offline {
namespace {

TEST(Tasks, AllRunOnceAndAreCounted) {
  std::vector<std::atomic<int>> runs(1000);
  std::vector<size_t> counts;
  run_tasks(
      runs.size(), [&](size_t i) { ++runs[i]; }, [&](size_t ended) { counts.push_back(ended); });
  for (const auto& count : runs) EXPECT_EQ(count, 1);
  ASSERT_EQ(counts.size(), runs.size());
  for (size_t i = 0; i < counts.size(); ++i) EXPECT_EQ(counts[i], i + 1);
}

TEST(Tasks, MayBeNone) {
  int calls = 0;
  run_tasks(0, [&](size_t) { ++calls; }, [&](size_t) { ++calls; });
  EXPECT_EQ(calls, 0);
}

TEST(Tasks, RunOnAllCoresAndTheCaller) {
  const size_t cores = std::max(1u, std::thread::hardware_concurrency());
  std::barrier all_are_under_way(static_cast<ptrdiff_t>(cores));
  std::mutex mutex;
  std::set<std::thread::id> threads;
  run_tasks(
      cores,
      [&](size_t) {
        all_are_under_way.arrive_and_wait();
        const std::lock_guard lock(mutex);
        threads.insert(std::this_thread::get_id());
      },
      [](size_t) {});
  EXPECT_EQ(threads.size(), cores);
  EXPECT_TRUE(threads.contains(std::this_thread::get_id()));
}

TEST(Tasks, DoNotBeginAfterAFailure) {
  constexpr size_t kCount = size_t{1} << 40;  // would take days
  std::atomic<size_t> ran = 0, reported = 0;
  EXPECT_THROW(run_tasks(
                   kCount,
                   [&](size_t i) {
                     ++ran;
                     if (i == 3) throw std::runtime_error("3");
                   },
                   [&](size_t) { ++reported; }),
               std::runtime_error);
  EXPECT_GE(ran, 4u);
  EXPECT_LT(ran, kCount);
  EXPECT_EQ(reported, ran - 1);
}

TEST(Tasks, ReportTheErrorOfTheLowestIndex) {
  for (int round = 0; round < 50; ++round) {
    try {
      run_tasks(
          100,
          [](size_t i) {
            if (i >= 40) throw std::runtime_error(std::to_string(i));
          },
          [](size_t) {});
      ADD_FAILURE() << "no error";
    } catch (const std::runtime_error& error) {
      EXPECT_STREQ(error.what(), "40");
    }
  }
}

}  // namespace
}  // namespace nibble::offline
