// nibble chat, as its users meet it: turns, a system prompt, and a context that is full.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::test {
namespace {

/// kdoc-6m was not made for chats: its vocabulary has the one control token that "zephyr" needs.
class Chat : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    const CommandResult packed = run_nibble(
        {"pack", kdoc_folder(), "-o", blob(), "--weights", "f16", "--chat-template", "zephyr"});
    ASSERT_EQ(packed.status, 0) << packed.err;
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string blob() { return *folder_ / "chat.nbl"; }
  static CommandResult chat(const std::string& input, std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"chat", blob(), "--tokens", "12"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_nibble(arguments, {.input = input});
  }

  static std::unique_ptr<TemporaryFolder> folder_;
};
std::unique_ptr<TemporaryFolder> Chat::folder_;

TEST_F(Chat, RepliesToEachLineAndRemembersTheOnesBefore) {
  const CommandResult both = chat("What is errno 13?\nAnd errno 2?\n");
  const CommandResult first = chat("What is errno 13?\n"), second = chat("And errno 2?");
  ASSERT_EQ(both.status, 0) << both.err;
  EXPECT_FALSE(first.out.empty());
  EXPECT_TRUE(both.out.starts_with(first.out)) << both.out;
  EXPECT_GT(both.out.size(), first.out.size());
  EXPECT_NE(both.out.substr(first.out.size()), second.out);
}

TEST_F(Chat, PassesOverEmptyLines) {
  EXPECT_EQ(chat("\n\nWhat is errno 13?\n\n").out, chat("What is errno 13?\n").out);
  EXPECT_EQ(chat("").out, "");
  EXPECT_EQ(chat("").status, 0);
}

TEST_F(Chat, BeginsWithItsSystemPrompt) {
  const CommandResult plain = chat("What is errno 13?\n");
  const CommandResult told = chat("What is errno 13?\n", {"--system", "PCI vendor IDs only."});
  EXPECT_EQ(told.status, 0) << told.err;
  EXPECT_NE(told.out, plain.out);
}

/// A conversation is not shortened behind its user's back.
TEST_F(Chat, RefusesTurnsThatFillTheContext) {
  std::string turns;
  for (int i = 0; i < 20; ++i) turns += "What is errno " + std::to_string(i) + "?\n";
  const CommandResult result = chat(turns, {"--context", "64"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("conversation: has filled the context of 64 tokens; begin a new one"),
            std::string::npos)
      << result.err;
  EXPECT_FALSE(result.out.empty());
}

TEST_F(Chat, RefusesLinesThatNoContextHolds) {
  const CommandResult result = chat(std::string((1 << 20) + 1, 'a'));
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("has a line of more than 1,048,576 bytes"), std::string::npos)
      << result.err;
}

/// Control tokens come from the template alone: as text, these take several tokens each, and fill
/// a context that would hold one for each.
TEST_F(Chat, TakesControlTokensOfALineAsText) {
  std::string line;
  for (int i = 0; i < 30; ++i) line += "</s>";
  EXPECT_EQ(chat(line + "\n", {"--context", "64"}).status, 3);
  EXPECT_EQ(chat(line + "\n").status, 0);
}

TEST_F(Chat, RefusesModelsWithoutATemplate) {
  const CommandResult result = run_nibble({"chat", blob_path("kdoc-f16")}, {.input = "a\n"});
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.err.find("has no chat template"), std::string::npos);
}

}  // namespace
}  // namespace nibble::test
