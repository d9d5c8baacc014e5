// docs/SECURITY.md claims a test for each malformed input: the tests are there, under those names.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "tests/documents/fenced_blocks.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

/// "Suite.Name" of every test in the tree.
std::set<std::string> test_names() {
  const std::regex definition(R"(TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\s*\))");
  std::set<std::string> names;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(source_folder() / "tests")) {
    if (entry.path().extension() != ".cc") continue;
    const std::string text = read_file(entry.path());
    for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at)
      names.insert((*at)[1].str() + "." + (*at)[2].str());
  }
  return names;
}

/// The rows of the coverage table: "| B01 … | what | `Suite.Name`, … |".
std::vector<std::string> coverage_rows() {
  std::vector<std::string> rows;
  for (const std::string& line : lines_of(read_file(source_folder() / "docs/SECURITY.md")))
    if (std::regex_search(line, std::regex(R"(^\| [BCZMTSJQ]\d\d)"))) rows.push_back(line);
  return rows;
}

TEST(Coverage, EveryTestThatIsNamedExists) {
  const std::set<std::string> names = test_names();
  const std::regex name(R"(`(\w+\.\w+)`)");
  for (const std::string& row : coverage_rows())
    for (std::sregex_iterator at(row.begin(), row.end(), name), end; at != end; ++at)
      EXPECT_TRUE(names.contains((*at)[1])) << (*at)[1];
}

TEST(Coverage, EveryRowNamesATestOrSaysWhyThereIsNone) {
  const std::vector<std::string> rows = coverage_rows();
  EXPECT_FALSE(rows.empty());
  for (const std::string& row : rows)
    EXPECT_TRUE(std::regex_search(row, std::regex(R"(`\w+\.\w+`|cannot|not applicable|open)")))
        << row;
}

}  // namespace
}  // namespace nibble::test
