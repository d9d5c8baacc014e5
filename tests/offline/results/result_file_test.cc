// Files of cells: their names, what is added to them, and what is refused.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/results/result_file.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "offline/files/input_error.h"
#include "offline/files/output_file.h"
#include "offline/results/cell_json.h"
#include "tests/offline/results/sample_cell.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

using test::sample_cell;
using test::TemporaryFolder;

std::string refusal_of(const std::filesystem::path& path) {
  try {
    read_result_file(path);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(ResultFile, IsNamedByVariantAndDay) {
  EXPECT_EQ(result_file_name("int4-g32", "2026-11-22T03:20:00Z"), "int4-g32_20261122.json");
  EXPECT_EQ(result_file_name("a b/c\n\"ü\"", "2026-11-22T03:20:00Z"), "a b_c_\"ü\"_20261122.json");
  const std::string longest = result_file_name(
      std::string(1, 'x') +
          [] {
            std::string text;
            for (int i = 0; i < 300; ++i) text += "ü";
            return text;
          }(),
      "2026-11-22T03:20:00Z");
  EXPECT_EQ(longest.size(), 199 + std::string("_20261122.json").size()) << "no half character";
}

TEST(ResultFile, AddsToWhatIsThere) {
  const TemporaryFolder folder;
  ResultCell cell = sample_cell();
  const auto path = append_result(folder.path(), cell);
  EXPECT_EQ(path, folder / "int4_20261122.json");
  cell.batch_size = 8;
  EXPECT_EQ(append_result(folder.path(), cell), path);
  cell.timestamp = "2026-11-23T00:00:00Z";
  EXPECT_EQ(append_result(folder.path(), cell), folder / "int4_20261123.json");
  const std::vector<ResultCell> cells = read_result_file(path);
  ASSERT_EQ(cells.size(), 2u);
  EXPECT_EQ(cell_json(cells[0]), cell_json(sample_cell()));
  EXPECT_EQ(cells[1].batch_size, 8u);
  EXPECT_EQ(read_result_folder(folder.path()).size(), 3u);
}

TEST(ResultFile, KeepsUnknownMembersOfOthersCells) {
  const TemporaryFolder folder;
  nlohmann::ordered_json cell = cell_json(sample_cell());
  cell["a_later_member"] = "kept";
  std::ofstream(folder / "int4_20261122.json") << nlohmann::ordered_json::array({cell});
  const auto path = append_result(folder.path(), sample_cell());
  const auto cells = nlohmann::ordered_json::parse(test::read_file(path));
  EXPECT_EQ(cells.at(0).dump(), cell.dump());
}

TEST(ResultFile, LosesNothingWhereSeveralAdd) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < 4; ++j) append_result(folder.path(), sample_cell());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(read_result_folder(folder.path()).size(), 32u);
}

TEST(ResultFile, RefusesEveryTruncation) {
  const TemporaryFolder folder;
  const auto path = append_result(folder.path(), sample_cell());
  const std::string whole = test::read_file(path);
  for (size_t length = 0; length + 2 < whole.size(); length += 37) {
    std::ofstream(path, std::ios::trunc) << whole.substr(0, length);
    const std::string refusal = refusal_of(path);
    EXPECT_NE(refusal.find(path.string()), std::string::npos) << length;
    EXPECT_NE(refusal.find("move it to another folder"), std::string::npos) << refusal;
    EXPECT_THROW(append_result(folder.path(), sample_cell()), InputError);
    EXPECT_EQ(test::read_file(path), whole.substr(0, length)) << "what is there stays";
  }
}

TEST(ResultFile, RefusesWhatIsNoListOfCells) {
  const TemporaryFolder folder;
  for (const char* const text : {"{}", "[1]", "[[]]", "null", "[{\"schema_version\": 2}]"}) {
    std::ofstream(folder / "x.json", std::ios::trunc) << text;
    EXPECT_NE(refusal_of(folder / "x.json").find("x.json: /"), std::string::npos) << text;
  }
}

TEST(ResultFile, RefusesFoldersWithoutResults) {
  const TemporaryFolder folder;
  EXPECT_THROW(read_result_folder(folder.path()), InputError);
  EXPECT_THROW(read_result_folder(folder / "none"), InputError);
  EXPECT_THROW(append_result(folder / "none", sample_cell()), OutputError);
}

}  // namespace
}  // namespace nibble::offline
