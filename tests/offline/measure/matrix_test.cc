// The order of visits: rounds forth and back, and no run lost; a run that is stopped.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/matrix.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <tuple>
#include <vector>

#include "offline/measure/matrix_run.h"

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

TEST(MatrixRun, ThatIsStoppedIsNeitherWholeNorDone) {
  std::vector<double> shown;
  MatrixPlan plan;
  plan.blobs.resize(1);
  plan.batch_sizes = plan.threads = {1};
  plan.progress = [&](double done) { shown.push_back(done); };
  plan.should_stop = [] { return true; };
  plan.take = [](const ResultCell&) { ADD_FAILURE() << "nothing was measured"; };
  EXPECT_FALSE(run_matrix(plan));
  EXPECT_EQ(std::ranges::count(shown, 1.0), 0);
}

}  // namespace
}  // namespace nibble::offline
