// Lists a document's members as the page does, and compares.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/documents/documented_members.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "tests/documents/fenced_blocks.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

/// "/a/[]/b" of every member below, objects of any names as the table has them.
void list_members(const Json& document, const std::string& path, const std::set<std::string>& open,
                  std::set<std::string>& members) {
  if (document.is_array()) {
    for (const Json& element : document) {
      if (element.is_object()) list_members(element, path + "/[]", open, members);
    }
  }
  if (!document.is_object()) return;
  for (const auto& [name, value] : document.items()) {
    const bool is_open = open.contains(path);
    const std::string member = path + (is_open ? "/{}" : "/" + name);
    if (!value.is_object() || value.empty()) members.insert(member);
    list_members(value, member, open, members);
  }
}

std::string type_of(const Json& value) {
  return value.is_number() ? "number" : value.type_name();
}

/// The rows of docs/ARTIFACTS.md below a file's heading: member to type.
std::map<std::string, std::string> documented(const std::string& file) {
  const std::regex row(R"(^\| `(/[^`]*)` \| (\w+) \|.*)");
  std::map<std::string, std::string> members;
  bool is_inside = false;
  for (const std::string& line : lines_of(read_file(source_folder() / "docs/ARTIFACTS.md"))) {
    std::smatch match;
    if (line.starts_with("## "))
      is_inside = line == "## " + file;
    else if (is_inside && std::regex_match(line, match, row))
      members[match[1]] = match[2];
  }
  return members;
}

}  // namespace

void expect_documented(const std::string& file, const Json& document) {
  const auto rows = documented(file);
  EXPECT_FALSE(rows.empty());
  const std::set<std::string> open = {"/dynamic", "/method/schemes"};
  std::set<std::string> members;
  list_members(document, "", open, members);
  for (const std::string& member : members) {
    const bool is_known = rows.contains(member) || member.starts_with("/variants/[]/distance/");
    EXPECT_TRUE(is_known) << file << " has " << member << ", which the page does not know";
  }
  for (const auto& [member, type] : rows) {
    if (member.find("[]") != std::string::npos || member.find("{}") != std::string::npos) continue;
    const Json::json_pointer pointer(member);
    ASSERT_TRUE(document.contains(pointer)) << file << " lacks " << member;
    EXPECT_EQ(type_of(document.at(pointer)), type) << file << ", " << member;
  }
}

}  // namespace nibble::test
