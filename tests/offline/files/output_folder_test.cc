// Folders appear whole or not at all, and never in place of something else.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>

#include "offline/files/output_file.h"
#include "tests/support/command.h"

namespace nibble::offline {
namespace {

size_t entries(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

TEST(OutputFolder, AppearsWithAllItsFiles) {
  const test::TemporaryFolder place;
  OutputFolder folder(place / "out");
  std::ofstream(folder / "a.txt") << "a";
  EXPECT_FALSE(std::filesystem::exists(place / "out"));
  folder.commit();
  EXPECT_TRUE(std::filesystem::exists(place / "out" / "a.txt"));
  EXPECT_EQ(entries(place.path()), 1u) << "something was left beside it";
}

TEST(OutputFolder, LeavesNothingWhenItIsNotFinished) {
  const test::TemporaryFolder place;
  {
    const OutputFolder folder(place / "out");
    std::ofstream(folder / "a.txt") << "a";
  }
  EXPECT_EQ(entries(place.path()), 0u);
}

TEST(OutputFolder, TakesThePlaceOfAnEmptyFolderOnly) {
  const test::TemporaryFolder place;
  std::filesystem::create_directory(place / "out");
  OutputFolder((place / "out").string() + "/").commit();
  std::ofstream(place / "out" / "kept.txt") << "kept";
  EXPECT_THROW(OutputFolder{place / "out"}, OutputError);
  EXPECT_THROW(OutputFolder{place / "out" / "kept.txt"}, OutputError);
  EXPECT_THROW(OutputFolder{place / "nowhere" / "out"}, OutputError);
  EXPECT_TRUE(std::filesystem::exists(place / "out" / "kept.txt"));
}

}  // namespace
}  // namespace nibble::offline
