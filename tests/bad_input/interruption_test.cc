// Ctrl-C in the middle of long work: the program ends at once, and no trace of its output is left.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

constexpr int kTimeoutEndedIt = 124;  // what timeout(1) says

TEST(Interruption, OfACalibrationLeavesNothing) {
  const TemporaryFolder folder;
  const std::string text = (kdoc_folder() / "os-facts.jsonl").string();
  const CommandResult result = run_command(
      {"timeout", "--signal=INT", "1", nibble_program().string(), "pack", kdoc_folder().string(),
       "-o", folder / "x.nbl", "--method", "gptq", "--calibration", text, "--threads", "1"});
  EXPECT_EQ(result.status, kTimeoutEndedIt) << "it was over before it was interrupted";
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace nibble::test
