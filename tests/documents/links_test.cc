// Links between pages, and paths that pages name, lead somewhere.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <regex>

#include "tests/documents/fenced_blocks.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

/// The first group of every match.
std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (std::sregex_iterator at(text.begin(), text.end(), pattern), end; at != end; ++at)
    found.push_back((*at)[1]);
  return found;
}

TEST(Pages, LinksLeadToFiles) {
  const std::regex link(R"(\]\(([^)#]+)\))");
  size_t count = 0;
  for (const auto& page : pages()) {
    const std::string text = read_file(page);
    // A link to a heading would have to be checked, too.
    EXPECT_EQ(text.find(".md#"), std::string::npos) << page;
    for (const std::string& target : matches(text, link)) {
      if (target.starts_with("http")) continue;
      ++count;
      EXPECT_TRUE(std::filesystem::exists(page.parent_path() / target)) << page << ": " << target;
    }
  }
  EXPECT_GE(count, 20u);
}

/// A file, or a program or script by its name without an end.
bool is_in_the_repository(const std::string& path) {
  for (const char* const end : {"", ".cc", ".py"})
    if (std::filesystem::exists(source_folder() / (path + end))) return true;
  return false;
}

TEST(Pages, PathsThatTheyNameExist) {
  const std::regex path(
      R"(`((?:runtime|offline|tests|cmake|docs|bench|toolchains)/[A-Za-z0-9_./-]+)`)");
  size_t count = 0;
  for (const auto& page : pages()) {
    for (const std::string& named : matches(read_file(page), path)) {
      ++count;
      EXPECT_TRUE(is_in_the_repository(named)) << page << ": " << named;
    }
  }
  EXPECT_GE(count, 50u);
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
