// Ratios against f16, and which variant for which use.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/figures.h"

#include <gtest/gtest.h>

#include "offline/publish/advice.h"
#include "offline/publish/report_document.h"
#include "offline/publish/speed_plot.h"
#include "tests/offline/publish/some_group.h"

namespace nibble::test {
namespace {

TEST(Figures, CompareWithTheReferenceOfTheSameBatch) {
  const offline::CellGroup group = some_group();
  const auto figures = offline::figures_of(group);
  ASSERT_EQ(figures.size(), 6u);
  EXPECT_EQ(figures[3].decode_speedup, 2.0) << "int8, batch 4";
  EXPECT_EQ(figures[4].decode_speedup, 4.0);
  EXPECT_EQ(figures[4].memory_reduction_percent, 75.0);
  EXPECT_EQ(figures[0].memory_reduction_percent, 0.0);
}

TEST(Figures, AreMissingWithoutAReference) {
  offline::CellGroup group = some_group();
  group.cells.erase(group.cells.begin());  // f16, batch 1
  const auto figures = offline::figures_of(group);
  EXPECT_TRUE(figures[0].decode_speedup) << "f16, batch 4, is its own reference";
  EXPECT_FALSE(figures[1].decode_speedup) << "int8, batch 1";
  EXPECT_FALSE(figures[1].memory_reduction_percent);
  EXPECT_EQ(offline::number_text(figures[1].decode_speedup, 2), "not measured");
}

TEST(Figures, MemoryIsTheBillWithEachByteOnce) {
  const offline::CellGroup group = some_group();
  const offline::Table table = offline::memory_table(group);
  ASSERT_EQ(table.rows.size(), 6u);
  EXPECT_EQ(table.rows[4], (std::vector<std::string>{"int4", "1", "2,000,000", "4.000", "1,500,000",
                                                     "250,000", "250,000", "2,000,000", "75.0 %"}));
}

TEST(Advice, NamesTheBestByTheFigureOfTheUse) {
  offline::CellGroup group = some_group();
  const auto advice = offline::advise(group);
  ASSERT_EQ(advice.size(), 4u);
  EXPECT_EQ(advice[0].variant, "int4") << "latency";
  EXPECT_EQ(advice[1].variant, "int4") << "rate";
  EXPECT_NE(advice[1].reason.find("1600 tokens/s together with batch 4"), std::string::npos);
  EXPECT_EQ(advice[2].variant, "int4") << "memory";
  EXPECT_EQ(advice[3].variant, "f16") << "perplexity";
  for (auto& cell : group.cells) cell.quality.reset();
  EXPECT_EQ(offline::advise(group)[3].variant, "");
}

TEST(SpeedPlot, EscapesNames) {
  offline::CellGroup group = some_group();
  group.cells[0].variant = "<script>\"&\n";
  const std::string svg = offline::speed_plot(group);
  EXPECT_EQ(svg.find("<script>"), std::string::npos);
  EXPECT_NE(svg.find("&lt;script&gt;&quot;&amp; : "), std::string::npos) << svg;
}

}  // namespace
}  // namespace nibble::test
