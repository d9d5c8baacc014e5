// What users get wrong: each mistake has its exit status and a sentence that says what to do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

constexpr int kMissedBar = 1, kBadUsage = 2, kBadInput = 3;

void expect_failure(const std::vector<std::string>& arguments, int status,
                    const std::string& naming = "") {
  const CommandResult result = run_nibble(arguments);
  std::string line = "nibble";
  for (const std::string& argument : arguments) line += " " + argument;
  EXPECT_EQ(result.status, status) << line << "\n" << result.err;
  EXPECT_EQ(result.out, "") << line;
  EXPECT_NE(result.err.find(naming), std::string::npos) << line << "\n" << result.err;
}

const std::string& blob() {
  static const std::string path = blob_path("kdoc-int4").string();
  return path;
}

TEST(Usage, NothingToDoIsBadUsage) {
  expect_failure({}, kBadUsage);
}
TEST(Usage, UnknownCommandIsBadUsage) {
  expect_failure({"frobnicate"}, kBadUsage, "subcommand");
}
TEST(Usage, UnknownOptionIsBadUsage) {
  expect_failure({"verify", blob(), "--frobnicate"}, kBadUsage, "--frobnicate");
}
TEST(Usage, MissingFileNameIsBadUsage) {
  for (const char* command : {"pack", "inspect", "plan", "verify", "run", "eval", "embed"})
    expect_failure({command}, kBadUsage);
}
TEST(Usage, UnknownChoicesAreBadUsage) {
  const std::string folder = kdoc_folder().string();
  expect_failure({"pack", folder, "-o", "x.nbl", "--weights", "int3"}, kBadUsage, "int3");
  expect_failure({"pack", folder, "-o", "x.nbl", "--group", "48"}, kBadUsage, "48");
  expect_failure({"pack", folder, "-o", "x.nbl", "--kv", "int2"}, kBadUsage, "int2");
  expect_failure({"embed", blob(), "--target", "vax", "-o", "x.o"}, kBadUsage, "vax");
}

TEST(Files, MissingOnesAreBadInput) {
  for (const char* command : {"inspect", "plan", "verify"})
    expect_failure({command, "/no/such/file.nbl"}, kBadInput, "/no/such/file.nbl");
  expect_failure({"run", "/no/such/file.nbl", "Hello"}, kBadInput, "/no/such/file.nbl");
  expect_failure({"pack", "/no/such/folder", "-o", "x.nbl"}, kBadInput, "/no/such/folder");
}

TEST(Files, FoldersAreNoBlobs) {
  expect_failure({"verify", "/tmp"}, kBadInput, "/tmp");
}

TEST(Prompt, LongerThanTheContextIsRefused) {
  std::string prompt;
  for (int word = 0; word < 600; ++word) prompt += "kernel ";
  expect_failure({"run", blob(), prompt}, kBadInput, "context");
}

TEST(Budget, TooSmallOnePrintsTheBillAndPacksNothing) {
  const TemporaryFolder folder;
  const CommandResult result =
      run_nibble({"pack", kdoc_folder().string(), "-o", folder / "x.nbl", "--budget", "1MB"});
  EXPECT_EQ(result.status, kMissedBar) << result.err;
  EXPECT_NE(result.err.find("1,000,000"), std::string::npos) << result.err;
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace nibble::test
