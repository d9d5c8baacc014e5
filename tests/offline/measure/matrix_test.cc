// The order of visits: rounds forth and back, and no run lost.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/matrix.h"

#include <gtest/gtest.h>

#include <map>
#include <tuple>

namespace nibble::offline {
namespace {

TEST(Matrix, GoesForthAndBack) {
  const std::vector<Visit> visits = plan_visits({3, 1, 1}, 5, 2);
  const std::vector<Visit> expected = {{{0, 0, 0}, 3}, {{1, 0, 0}, 3}, {{2, 0, 0}, 3},
                                       {{2, 0, 0}, 2}, {{1, 0, 0}, 2}, {{0, 0, 0}, 2}};
  EXPECT_EQ(visits, expected);
}

TEST(Matrix, HasEveryRunOfEveryCell) {
  for (const uint32_t rounds : {1, 3, 4, 50}) {
    std::map<std::tuple<size_t, size_t, size_t>, uint32_t> runs;
    for (const Visit& visit : plan_visits({2, 3, 2}, 10, rounds)) {
      EXPECT_GT(visit.runs, 0u);
      runs[{visit.cell.blob, visit.cell.batch_size, visit.cell.threads}] += visit.runs;
    }
    EXPECT_EQ(runs.size(), 12u);
    for (const auto& [cell, count] : runs) EXPECT_EQ(count, 10u);
  }
}

}  // namespace
}  // namespace nibble::offline
