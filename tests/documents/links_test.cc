// Links between pages lead somewhere.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <regex>

#include "tests/documents/fenced_blocks.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

TEST(Pages, LinksLeadToFiles) {
  const std::regex link(R"(\]\(([^)#]+)(#[^)]*)?\))");
  for (const auto& page : pages()) {
    const std::string text = read_file(page);
    for (std::sregex_iterator at(text.begin(), text.end(), link), end; at != end; ++at) {
      const std::string target = (*at)[1];
      if (target.starts_with("http")) continue;
      EXPECT_TRUE(std::filesystem::exists(page.parent_path() / target)) << page << ": " << target;
    }
  }
}

TEST(Pages, AreAllInTheReadingOrder) {
  const std::string order = read_file(source_folder() / "docs/README.md");
  for (const auto& entry : std::filesystem::directory_iterator(source_folder() / "docs")) {
    const std::string name = entry.path().filename();
    if (name == "README.md") continue;
    EXPECT_NE(order.find(name), std::string::npos) << name << " is not in docs/README.md";
  }
}

}  // namespace
}  // namespace nibble::test
