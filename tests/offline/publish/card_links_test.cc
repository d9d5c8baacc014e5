// Links as cards write them are links as the check reads them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/publish/card_links.h"

#include <gtest/gtest.h>

#include "offline/publish/document.h"

namespace nibble::test {
namespace {

TEST(CardLinks, SurviveAnyName) {
  for (const std::string name :
       {"plain.md", "a b (c).md", "x<y>\"z\".svg", "100%.md", "\xC3\xA9\n\\.md"}) {
    const offline::Document page = {
        offline::Paragraph{{offline::link("text", name), offline::plain(" and no [link](here)")}},
        offline::Picture{"picture", name, ""}};
    const auto targets = offline::link_targets(offline::markdown_of(page));
    ASSERT_EQ(targets.size(), 2u + 1u) << offline::markdown_of(page);
    EXPECT_EQ(targets[0], name);
    EXPECT_EQ(targets[2], name);
  }
}

TEST(CardLinks, InCodeAreNone) {
  EXPECT_TRUE(offline::link_targets("```c\na[](b)\n```\n````\n```\n[x](y)\n````\n").empty());
  EXPECT_EQ(offline::link_targets("```\n```\n[x](y)\n"), std::vector<std::string>{"y"});
}

}  // namespace
}  // namespace nibble::test
