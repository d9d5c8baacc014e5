// Text from anywhere stays text in both renderings.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/document.h"

#include <gtest/gtest.h>

namespace nibble::test {
namespace {

using namespace offline;

const std::string kHostile = "<script>alert(1)</script> | `x` **y** \"q\" & \xFF\n# z";

Document hostile_document() {
  return {Heading{1, kHostile},
          Paragraph{{plain(kHostile), strong(kHostile), code(kHostile), link(kHostile, kHostile)}},
          ItemList{{{plain(kHostile)}}},
          Table{{{"a"}, {"b", Align::Right}}, {{kHostile, kHostile}}},
          CodeBlock{"text", kHostile + "\n```\n</pre>"}};
}

TEST(Document, HasNoMarkupOfOthersInHtml) {
  const std::string html = html_of(hostile_document(), kHostile);
  EXPECT_EQ(html.find("<script>"), std::string::npos);
  EXPECT_EQ(html.find("\xFF"), std::string::npos);
  EXPECT_EQ(html.find("http"), std::string::npos) << "it needs no other file";
  size_t closed = 0;
  for (size_t at = 0; (at = html.find("</pre>", at)) != std::string::npos; ++at) ++closed;
  EXPECT_EQ(closed, 1u);
}

TEST(Document, KeepsTheShapeOfMarkdown) {
  const std::string text = markdown_of(hostile_document());
  EXPECT_TRUE(text.starts_with("# \\<script\\>alert(1)\\</script\\> \\| \\`x\\`")) << text;
  EXPECT_EQ(text.find("\n# z**"), std::string::npos) << "a newline ends no heading";
  EXPECT_NE(text.find("\n````text\n"), std::string::npos) << "the fence is longer than any inside";
  const size_t row = text.find("|---|---:|\n") + 11;
  const std::string line = text.substr(row, text.find('\n', row) - row);
  size_t bars = 0;
  for (size_t i = 0; i < line.size(); ++i)
    bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
  EXPECT_EQ(bars, 3u) << line;
}

TEST(Document, QuotesCodeWithBackquotes) {
  EXPECT_EQ(markdown_of({Paragraph{{code("a`b``c")}}}), "```a`b``c```\n");
  EXPECT_EQ(markdown_of({Paragraph{{code("`")}}}), "`` ` ``\n");
}

}  // namespace
}  // namespace nibble::test
