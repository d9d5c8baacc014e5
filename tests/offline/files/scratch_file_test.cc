// Tests of files without a name: what is written comes back, and a folder without room is named.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/scratch_file.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "offline/files/output_file.h"

namespace nibble::test {
namespace {

using offline::ScratchFile;

/// Puts back what TMPDIR was, if anything.
class TemporaryFolderVariable {
 public:
  explicit TemporaryFolderVariable(const std::string& folder) {
    if (const char* const old = std::getenv("TMPDIR")) old_ = old;
    ::setenv("TMPDIR", folder.c_str(), 1);
  }
  ~TemporaryFolderVariable() {
    if (old_.empty()) {
      ::unsetenv("TMPDIR");
    } else {
      ::setenv("TMPDIR", old_.c_str(), 1);
    }
  }

 private:
  std::string old_;
};

std::string refusal(uint64_t bytes) {
  try {
    const ScratchFile file("a test", bytes);
    return {};
  } catch (const offline::OutputError& error) {
    return error.what();
  }
}

TEST(ScratchFile, GivesBackWhatWasWritten) {
  ScratchFile file("a test", 10);
  constexpr std::array kBytes{std::byte{1}, std::byte{2}, std::byte{3}};
  file.write(7, kBytes);
  std::array<std::byte, 4> read{};
  file.read(6, read);
  EXPECT_EQ(read, (std::array{std::byte{0}, std::byte{1}, std::byte{2}, std::byte{3}}));
}

TEST(ScratchFile, LeavesNoName) {
  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "scratch_file";
  std::filesystem::create_directories(folder);
  const TemporaryFolderVariable variable(folder.string());
  const ScratchFile file("a test", 10);
  EXPECT_TRUE(std::filesystem::is_empty(folder));
}

TEST(ScratchFile, NamesTheFolderThatTakesNone) {
  const TemporaryFolderVariable variable("/nowhere");
  EXPECT_EQ(refusal(10),
            "/nowhere: cannot create a file for a test (10 bytes): No such file or directory; "
            "set TMPDIR to a folder on a disk with room");
}

TEST(ScratchFile, KnowsAFullDiskAtOnce) {
  EXPECT_NE(refusal(uint64_t{1} << 60).find("cannot find room for a test"), std::string::npos);
}

}  // namespace
}  // namespace nibble::test
