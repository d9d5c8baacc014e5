// Text from anywhere inside Markdown.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/report/markdown.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(Markdown, ShowsTextAsItIs) {
  EXPECT_EQ(markdown_text("int4-g32 über"), "int4-g32 über");
  EXPECT_EQ(markdown_text("a|b\nc"), "a\\|b c");
  EXPECT_EQ(markdown_text("[x](y) <b> `c`"), "\\[x\\](y) \\<b\\> \\`c\\`");
  EXPECT_EQ(markdown_text("\xff"), "\xEF\xBF\xBD");
}

TEST(Markdown, MakesTables) {
  EXPECT_EQ(markdown_head({{"a"}, {"b", Align::Right}}) + markdown_row({"1", "2"}),
            "| a | b |\n|---|---:|\n| 1 | 2 |\n");
}

}  // namespace
}  // namespace nibble::offline
