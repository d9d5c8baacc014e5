// A disk that fills up while a file is written: an error, and no trace of the file.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

size_t entries(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

void expect_no_trace(const CommandResult& result, const std::filesystem::path& folder) {
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find((folder / "out").string()), std::string::npos)
      << "the message does not name the file: " << result.err;
  EXPECT_EQ(entries(folder), 0u) << "a partial file was left";
}

/// A file system of 16 KiB, mounted over a temporary folder.
class SmallDisk {
 public:
  SmallDisk() : is_mounted_(mount("none", path().c_str(), "tmpfs", 0, "size=16k") == 0) {}
  ~SmallDisk() {
    if (is_mounted_) umount(path().c_str());
  }
  bool is_mounted() const { return is_mounted_; }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
  bool is_mounted_;
};

std::vector<std::string> pack_into(const std::filesystem::path& folder) {
  return {"pack", tiny_folder().string(), "-o", folder / "out.nbl"};
}
std::vector<std::string> embed_into(const std::filesystem::path& folder) {
  return {"embed", blob_path("tiny-int4").string(), "--target", "x86_64", "-o", folder / "out.o"};
}

TEST(FullDisk, PackingLeavesNothing) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs needs root and a kernel that lets it";
  expect_no_trace(run_nibble(pack_into(disk.path())), disk.path());
}

TEST(FullDisk, EmbeddingLeavesNothing) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "mounting a tmpfs needs root and a kernel that lets it";
  expect_no_trace(run_nibble(embed_into(disk.path())), disk.path());
}

TEST(FileSizeLimit, PackingLeavesNothingWhereverItIsHit) {
  const TemporaryFolder good;
  ASSERT_EQ(run_nibble(pack_into(good.path())).status, 0);
  const uint64_t whole = std::filesystem::file_size(good / "out.nbl");
  for (const uint64_t limit :
       {uint64_t{0}, uint64_t{1}, uint64_t{255}, uint64_t{4096}, whole / 2, whole - 1}) {
    const TemporaryFolder folder;
    expect_no_trace(run_nibble(pack_into(folder.path()), {.file_size_limit = limit}),
                    folder.path());
  }
}

TEST(FileSizeLimit, EmbeddingLeavesNothing) {
  const TemporaryFolder folder;
  expect_no_trace(run_nibble(embed_into(folder.path()), {.file_size_limit = 4096}), folder.path());
}

TEST(OutputPlace, MissingFolderIsRefused) {
  const TemporaryFolder folder;
  const CommandResult result = run_nibble(pack_into(folder / "no-such-folder"));
  EXPECT_EQ(result.status, 3) << result.err;
  EXPECT_NE(result.err.find("no-such-folder"), std::string::npos) << result.err;
}

TEST(OutputPlace, FileThatIsThereSurvivesAFailedPack) {
  const TemporaryFolder folder;
  ASSERT_EQ(run_nibble(pack_into(folder.path())).status, 0);
  const std::string before = read_file(folder / "out.nbl");
  EXPECT_EQ(run_nibble(pack_into(folder.path()), {.file_size_limit = 4096}).status, 3);
  EXPECT_EQ(read_file(folder / "out.nbl"), before);
  EXPECT_EQ(entries(folder.path()), 1u);
}

}  // namespace
}  // namespace nibble::test
