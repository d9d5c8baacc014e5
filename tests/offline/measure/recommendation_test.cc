// What is taken, what is kept, and what may not be compared.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/recommendation.h"

#include <gtest/gtest.h>

#include "tests/offline/results/sample_cell.h"

namespace nibble::offline {
namespace {

ResultCell cell(const std::string& variant, double p95_ms, double perplexity,
                uint64_t bill_bytes = 1'000'000) {
  ResultCell cell = test::sample_cell();
  cell.variant = variant;
  cell.latency_ms.p95 = p95_ms;
  cell.quality->perplexity = perplexity;
  cell.bill.total_bytes = bill_bytes;
  cell.obedience->low = 0.6;
  return cell;
}

Recommendation judge(const std::vector<ResultCell>& cells, const std::string& base = "") {
  return recommend(group_cells(cells).at(0), base, {});
}

TEST(Recommendation, TakesTheFastestThatQualifies) {
  const Recommendation found = judge({cell("f16", 100, 10), cell("int8", 60, 10.1),
                                      cell("int4", 40, 10.19), cell("int4-g32", 30, 10.21)});
  EXPECT_EQ(found.base, "f16");
  EXPECT_EQ(found.taken, "int4");
  EXPECT_NEAR(found.judgments[1].speedup, 2.5, 1e-9);
  EXPECT_NEAR(*found.judgments[2].loss_percent, 2.1, 1e-9);
  EXPECT_NE(found.sentence().find("Take int4 instead of f16"), std::string::npos);
}

TEST(Recommendation, KeepsTheBaseWhereTheGainIsSmall) {
  EXPECT_FALSE(judge({cell("f16", 100, 10), cell("int8", 96, 10)}).taken);
  EXPECT_TRUE(judge({cell("f16", 100, 10), cell("int8", 95, 10)}).taken);
  EXPECT_TRUE(judge({cell("f16", 100, 10), cell("int8", 105, 10, 900'000)}).taken)
      << "a tenth less memory at nearly the same speed";
  EXPECT_FALSE(judge({cell("f16", 100, 10), cell("int8", 106, 10, 500'000)}).taken);
  EXPECT_EQ(judge({cell("f16", 100, 10), cell("int8", 96, 10)}).sentence(), "Keep f16.");
}

TEST(Recommendation, NeverTakesWhatNobodyJudged) {
  ResultCell unknown = cell("int4", 10, 10);
  unknown.quality.reset();
  unknown.obedience.reset();
  const Recommendation found = judge({cell("f16", 100, 10), unknown});
  EXPECT_FALSE(found.taken);
  EXPECT_NE(found.judgments[0].reason.find("not measured"), std::string::npos);
}

TEST(Recommendation, LetsObedienceObject) {
  ResultCell base = cell("f16", 100, 10), other = cell("int4", 10, 10);
  base.quality.reset();
  other.obedience->passed = 5;
  EXPECT_FALSE(judge({base, other}).taken) << "half is below 0.6";
  other.obedience->passed = 6;
  EXPECT_TRUE(judge({base, other}).taken);
}

TEST(Recommendation, TakesMeansOverTheCellsInCommon) {
  ResultCell base = cell("f16", 100, 10), other = cell("int4", 50, 10);
  ResultCell base8 = base, other8 = other, alone = other;
  base8.batch_size = other8.batch_size = 8;
  other8.latency_ms.p95 = 200;
  alone.threads = 7;
  alone.latency_ms.p95 = 1;
  const Recommendation found = judge({base, other, base8, other8, alone});
  EXPECT_NEAR(found.judgments.at(0).speedup, 1, 1e-9) << "twice and half";
}

TEST(Recommendation, SaysWhereTheBaseIsMissing) {
  const Recommendation found = judge({cell("f16", 100, 10), cell("int8", 1, 10)}, "int4");
  EXPECT_FALSE(found.taken);
  EXPECT_EQ(found.sentence(), "There is nothing to compare int4 with.");
}

TEST(CellGroups, KeepHostsModelsAndRequestsApart) {
  ResultCell host = cell("f16", 1, 10), model = host, requests = host;
  host.host.cpu = "another";
  model.model = "another";
  requests.new_tokens = 99;
  const ResultCell again = cell("f16", 3, 10);
  const auto groups = group_cells({cell("f16", 2, 10), host, model, requests, again});
  ASSERT_EQ(groups.size(), 4u);
  ASSERT_EQ(groups[0].cells.size(), 1u);
  EXPECT_EQ(groups[0].cells[0].latency_ms.p95, 3) << "the later one counts";
}

}  // namespace
}  // namespace nibble::offline
