// Ticks, and text from anywhere inside a picture.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/svg.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(Svg, EscapesWhatIsMarkup) {
  EXPECT_EQ(xml_text("<a & \"b\">\n\x01'"), "&lt;a &amp; &quot;b&quot;&gt;  &#39;");
  EXPECT_EQ(xml_text("ü\xff"), "ü\xEF\xBF\xBD");
  EXPECT_EQ(svg_text(1, 2.25, SvgAnchor::End, "<"),
            "<text x=\"1.0\" y=\"2.2\" text-anchor=\"end\">&lt;</text>\n");
}

TEST(Svg, ReachesOverTheRangeWithRoundTicks) {
  EXPECT_EQ(round_ticks(3, 97, 5), (std::vector<double>{0, 20, 40, 60, 80, 100}));
  EXPECT_EQ(round_ticks(1200, 2400, 3), (std::vector<double>{1000, 1500, 2000, 2500}));
  for (const double value : {0.0, 7.0, 1e9, 1e-3, -4.0}) {
    const std::vector<double> ticks = round_ticks(value, value, 4);
    ASSERT_GE(ticks.size(), 2u) << value;
    EXPECT_LE(ticks.size(), 7u) << value;
    EXPECT_LE(ticks.front(), value);
    EXPECT_GE(ticks.back(), value);
    EXPECT_LT(ticks.front(), ticks.back());
  }
}

}  // namespace
}  // namespace nibble::offline
