// Names of packed blobs, a clock that steps back, and checksums that sha256sum accepts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/blob_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

constexpr UtcTime at(int64_t seconds) {
  return UtcTime(std::chrono::seconds(seconds));
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

TEST(BlobNames, TellModelVariantAndTime) {
  EXPECT_EQ(blob_name("kdoc-6m", "int4", at(1'795'317'600)), "kdoc-6m-int4.20261122_032000.nbl");
  EXPECT_EQ(blob_name("a/b", "int4", at(0)), "a_b-int4.19700101_000000.nbl");
}

TEST(BlobNames, OverwriteNothingWhereTheClockStepsBack) {
  const TemporaryFolder folder;
  const fs::path first = free_blob_path(folder.path(), "m", "int4", at(100));
  write(first, "");
  const fs::path second = free_blob_path(folder.path(), "m", "int4", at(100));
  EXPECT_EQ(second.filename(), "m-int4.19700101_000141.nbl");
  write(second, "");
  EXPECT_EQ(free_blob_path(folder.path(), "m", "int4", at(99)).filename(),
            "m-int4.19700101_000139.nbl");
}

TEST(BlobNames, FindTheNewestOfAVariant) {
  const TemporaryFolder folder;
  EXPECT_FALSE(newest_blob(folder.path(), "m", "int4"));
  EXPECT_FALSE(newest_blob(folder / "none", "m", "int4"));
  for (const char* const name :
       {"m-int4.20260101_000000.nbl", "m-int4.20260201_000000.nbl", "m-int4.99999999_99999.nbl",
        "m-int4-g32.20270101_000000.nbl", "m-int4.20270101_000000.txt", "m-int4..nbl"}) {
    write(folder / name, "");
  }
  EXPECT_EQ(newest_blob(folder.path(), "m", "int4")->filename(), "m-int4.20260201_000000.nbl");
}

TEST(Checksums, AreAcceptedWhateverTheNames) {
  const TemporaryFolder folder;
  for (const char* const name : {"plain.nbl", "with space.nbl", "new\nline.nbl", "back\\slash.nbl",
                                 "quote'\".nbl", "über.nbl"}) {
    write(folder / name, name);
    add_checksum(folder / name);
  }
  write(folder / "plain.nbl", "new contents");
  add_checksum(folder / "plain.nbl");
  const auto checked =
      test::run_command({"sha256sum", "-c", "--strict", kChecksumFile}, {.folder = folder.path()});
  EXPECT_EQ(checked.status, 0) << checked.out << checked.err;
  const std::string list = test::read_file(folder / kChecksumFile);
  EXPECT_EQ(std::ranges::count(list, '\n'), 6);
}

}  // namespace
}  // namespace nibble::offline
