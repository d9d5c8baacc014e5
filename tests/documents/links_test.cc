// Links between pages, and paths that pages name, lead somewhere.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <regex>
#include <set>

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

TEST(Porting, NeedsInstalledHeadersOnly) {
  const std::string page = read_file(source_folder() / "docs/PORTING.md");
  // What nibble plan writes, a kernel's own, and the interface of ports, which are built in the
  // source tree.
  const std::set<std::string> others = {"nibble_plan.h", "linux/types.h", "runtime/ports/port.h"};
  const auto headers = matches(page, std::regex(R"(([\w/.]*\w\.h)\b)"));
  EXPECT_GT(headers.size(), 2u);
  for (const std::string& header : headers) {
    const std::string name = std::regex_replace(header, std::regex(".*nibble/"), "");
    const auto installed = source_folder() / "runtime/include/nibble" / name;
    EXPECT_TRUE(others.contains(name) || std::filesystem::exists(installed)) << header;
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
