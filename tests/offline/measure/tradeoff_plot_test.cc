// The front, and what of the cells is drawn.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/tradeoff_plot.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "offline/measure/summary_page.h"
#include "tests/offline/results/sample_cell.h"

namespace nibble::offline {
namespace {

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = 0; (at = text.find(part, at)) != std::string::npos; ++at) ++found;
  return found;
}

CellGroup group_of(std::vector<ResultCell> cells) {
  return group_cells(cells).at(0);
}

std::vector<ResultCell> three_cells() {
  std::vector<ResultCell> cells(3, test::sample_cell());
  cells[0].variant = "<f16> & \"co\"";
  cells[0].decode_tokens_per_second = 100;
  cells[0].quality->perplexity = 10;
  cells[1].variant = "fast";
  cells[1].decode_tokens_per_second = 300;
  cells[1].quality->perplexity = 12;
  cells[2].variant = "worse";
  cells[2].decode_tokens_per_second = 200;
  cells[2].quality->perplexity = 13;
  return cells;
}

TEST(ParetoFront, HasWhatNothingBeats) {
  const std::vector<Tradeoff> points = {{1, 5}, {2, 5}, {3, 1}, {2, 4}, {2, 5}, {0, 6}};
  EXPECT_EQ(pareto_front(points), (std::vector<bool>{false, true, true, false, true, true}));
}

TEST(TradeoffPlot, DrawsEveryCellAndTheFront) {
  const std::string svg = tradeoff_plot(group_of(three_cells()));
  EXPECT_EQ(count(svg, "<circle"), 3u);
  EXPECT_EQ(count(svg, "class=\"good\""), 2u);
  EXPECT_EQ(count(svg, "<polyline"), 1u);
  EXPECT_NE(svg.find("&lt;f16&gt; &amp; &quot;co&quot; ×2"), std::string::npos) << svg;
  EXPECT_EQ(svg.find("<f16>"), std::string::npos);
  EXPECT_NE(svg.find("prefers-color-scheme: dark"), std::string::npos);
}

TEST(TradeoffPlot, DrawsOnlyWhatWasMeasured) {
  std::vector<ResultCell> cells = three_cells();
  cells[0].quality.reset();
  EXPECT_EQ(count(tradeoff_plot(group_of(cells)), "<circle"), 2u);
  for (ResultCell& cell : cells) cell.quality.reset();
  const std::string svg = tradeoff_plot(group_of(cells));
  EXPECT_NE(svg.find("obedience"), std::string::npos);
  for (ResultCell& cell : cells) cell.obedience.reset();
  EXPECT_EQ(tradeoff_plot(group_of(cells)), "");
}

TEST(SummaryPage, MarksTheFrontAndWhatIsNotMeasured) {
  std::vector<ResultCell> cells = three_cells();
  cells[2].quality.reset();
  cells[2].obedience.reset();
  const std::string table = summary_table(group_of(cells));
  EXPECT_EQ(count(table, "| front |"), 2u);
  EXPECT_EQ(count(table, "not measured"), 2u);
  EXPECT_EQ(count(table, "\n"), 5u) << "a newline in a name made a row";
  const std::string page = summary_page(group_cells(cells), {"a b.svg"}, "", {});
  EXPECT_NE(page.find("![Decode speed against quality](<a b.svg>)"), std::string::npos);
}

TEST(SummaryPage, WarnsOfOtherLoad) {
  std::vector<ResultCell> cells = three_cells();
  EXPECT_EQ(summary_page(group_cells(cells), {""}, "", {}).find("quiet machine"),
            std::string::npos);
  cells[1].other_load_cpus = 0.26;
  EXPECT_NE(summary_page(group_cells(cells), {""}, "", {}).find("during 1 of 3 cells"),
            std::string::npos);
}

TEST(ReadmeSnippet, FencesAnyCommand) {
  const std::string snippet = readme_snippet(group_cells(three_cells()), "nibble '```'", "", {});
  EXPECT_NE(snippet.find("````\nnibble '```'\n````\n"), std::string::npos) << snippet;
  EXPECT_NE(snippet.find("A CPU, 4 cores, 8.0 GB of RAM"), std::string::npos);
}

}  // namespace
}  // namespace nibble::offline
