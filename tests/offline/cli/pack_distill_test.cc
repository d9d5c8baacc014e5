// nibble pack --method distill: the same blob on any number of threads, and a whole one after an
// interrupt.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/models/generated_model.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

class PackDistill : public ::testing::Test {
 protected:
  PackDistill() { write_model(recipes().back(), folder_ / "tiny"); }

  /// The command line that packs the tiny model to `blob`.
  std::vector<std::string> command(const std::string& blob, std::vector<std::string> options) {
    std::vector<std::string> arguments = {nibble_program(),
                                          "pack",
                                          folder_ / "tiny",
                                          "-o",
                                          folder_ / blob,
                                          "--group",
                                          "32",
                                          "--method",
                                          "distill",
                                          "--calibration",
                                          source_folder() / "README.md",
                                          "--sample-tokens",
                                          "16"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
  }

  TemporaryFolder folder_;
};

TEST_F(PackDistill, GivesTheSameBlobOnAnyNumberOfThreads) {
  for (const std::string threads : {"1", "2", "3"}) {
    const CommandResult result =
        run_command(command(threads, {"--samples", "32", "--steps", "3", "--threads", threads}));
    ASSERT_EQ(result.status, 0) << result.err;
    EXPECT_NE(result.out.find("3 steps, validation divergence"), std::string::npos) << result.out;
    EXPECT_EQ(read_file(folder_ / threads), read_file(folder_ / "1")) << threads;
  }
  EXPECT_EQ(run_nibble({"verify", folder_ / "1"}).status, 0);
}

/// Before training an interrupt leaves nothing; during training it ends with a whole blob.
TEST_F(PackDistill, PacksTheBestStateAfterAnInterrupt) {
  int status = -1;
  for (int seconds = 1; status != 0 && seconds <= 32; seconds *= 2) {
    std::vector<std::string> arguments = {"timeout", "--preserve-status", "-s", "INT",
                                          std::to_string(seconds)};
    const std::vector<std::string> pack = command("stopped", {"--samples", "32"});
    arguments.insert(arguments.end(), pack.begin(), pack.end());
    status = run_command(arguments).status;
    EXPECT_EQ(std::filesystem::exists(folder_ / "stopped"), status == 0) << seconds;
  }
  ASSERT_EQ(status, 0);
  EXPECT_EQ(run_nibble({"verify", folder_ / "stopped"}).status, 0);
}

TEST_F(PackDistill, SaysHowMuchTextItNeeds) {
  const CommandResult result = run_command(command("few", {"--samples", "4"}));
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("distillation needs 16: give more text, or more --samples"),
            std::string::npos)
      << result.err;
  EXPECT_FALSE(std::filesystem::exists(folder_ / "few"));
}

}  // namespace
}  // namespace nibble::test
