// Tasks on several threads: all of them, or the error of the first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/parallel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
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
  run_tasks(0, [](size_t) { FAIL(); }, [](size_t) { FAIL(); });
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
