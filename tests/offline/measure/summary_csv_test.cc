// The table reads back by the letter of RFC 4180, and its columns are documented.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/summary_csv.h"

#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>
#include <regex>

#include "offline/results/cell_json.h"
#include "tests/documents/fenced_blocks.h"
#include "tests/offline/results/sample_cell.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

/// A parser of the RFC's grammar: nothing else is taken.
std::vector<std::vector<std::string>> parse(const std::string& text) {
  std::vector<std::vector<std::string>> rows(1, {""});
  bool is_quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    std::string& field = rows.back().back();
    if (is_quoted) {
      const bool is_end = text[i] == '"' && text.compare(i, 2, "\"\"") != 0;
      if (text[i] == '"' && !is_end) ++i;
      if (is_end)
        is_quoted = false;
      else
        field += text[i];
    } else if (text[i] == '"') {
      EXPECT_EQ(field, "") << "a quote inside a field without quotes";
      is_quoted = true;
    } else if (text[i] == ',') {
      rows.back().emplace_back();
    } else if (text.compare(i, 2, "\r\n") == 0) {
      ++i;
      rows.push_back({""});
    } else {
      EXPECT_TRUE(text[i] != '\r' && text[i] != '\n') << "a bare end of line";
      field += text[i];
    }
  }
  EXPECT_EQ(rows.back(), std::vector<std::string>{""}) << "no end of the last line";
  rows.pop_back();
  return rows;
}

/// Column to the member that docs/ARTIFACTS.md says it is.
std::map<std::string, std::string> documented_columns() {
  const std::regex row(R"(^\| `(\w+)` \| `(/[^`]+)` \|)");
  std::map<std::string, std::string> columns;
  bool is_inside = false;
  for (const std::string& line :
       test::lines_of(test::read_file(test::source_folder() / "docs/ARTIFACTS.md"))) {
    std::smatch match;
    if (line.starts_with("## ")) is_inside = line == "## summary.csv";
    if (is_inside && std::regex_search(line, match, row)) columns[match[1]] = match[2];
  }
  return columns;
}

TEST(SummaryCsv, HasTheDocumentedMembers) {
  ResultCell second = test::sample_cell();
  second.variant = "";
  second.model = "only\na newline";
  second.blob.name = "only\ra return";
  second.obedience.reset();
  second.quality->kl_mean.reset();
  const auto rows = parse(summary_csv({test::sample_cell(), second}));
  ASSERT_EQ(rows.size(), 3u);
  const auto columns = documented_columns();
  EXPECT_EQ(rows[0].size(), columns.size());
  for (size_t row = 1; row < rows.size(); ++row) {
    const nlohmann::json cell = cell_json(row == 1 ? test::sample_cell() : second);
    ASSERT_EQ(rows[row].size(), rows[0].size());
    for (size_t i = 0; i < rows[0].size(); ++i) {
      ASSERT_TRUE(columns.contains(rows[0][i])) << rows[0][i] << " is not documented";
      const nlohmann::json::json_pointer member(columns.at(rows[0][i]));
      const nlohmann::json value = cell.contains(member) ? cell.at(member) : nlohmann::json();
      const std::string text = value.is_null()     ? ""
                               : value.is_string() ? value.get<std::string>()
                                                   : value.dump();
      EXPECT_EQ(rows[row][i], text) << rows[0][i];
    }
  }
}

}  // namespace
}  // namespace nibble::offline
