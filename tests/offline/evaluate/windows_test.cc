// Windows over a text: which tokens are read, which are scored, and never one twice.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/windows.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

TEST(Windows, WithoutOverlapScoreAllButTheirFirstToken) {
  const auto windows = plan_windows(10, {.window_tokens = 4});
  ASSERT_EQ(windows.size(), 2u) << "the last two tokens do not fill a window";
  EXPECT_EQ(windows[1].begin, 4u);
  EXPECT_EQ(windows[1].end, 8u);
  EXPECT_EQ(windows[0].first_scored, 1u);
  EXPECT_EQ(windows[1].first_scored, 5u);
}

TEST(Windows, ThatOverlapScoreEachTokenOnce) {
  const ScoreProtocol protocol{.window_tokens = 8, .stride_tokens = 3};
  size_t expected = 1;
  for (const Window& window : plan_windows(50, protocol)) {
    EXPECT_EQ(window.first_scored, expected);
    expected = window.end;
  }
  EXPECT_EQ(expected, 50u);
}

TEST(Windows, WithABeginTokenHoldOneTokenLessAndScoreAllOfThem) {
  const auto windows = plan_windows(9, {.window_tokens = 4, .begin_token = true});
  ASSERT_EQ(windows.size(), 3u);
  for (const Window& window : windows) {
    EXPECT_EQ(window.end - window.begin, 3u);
    EXPECT_EQ(window.first_scored, window.begin);
  }
}

TEST(Windows, AreReadWithTheirBeginTokenInFront) {
  const std::vector<Token> text = {10, 11, 12, 13, 14, 15};
  const ScoreProtocol plain{.window_tokens = 3, .stride_tokens = 2};
  const WindowTokens second = tokens_of(plan_windows(6, plain)[1], text, plain, 1);
  EXPECT_EQ(second.tokens, (std::vector<Token>{12, 13, 14}));
  EXPECT_EQ(second.first_scored, 1u) << "the first window scored token 12";
  const ScoreProtocol begun{.window_tokens = 3, .begin_token = true};
  const WindowTokens first = tokens_of(plan_windows(6, begun)[0], text, begun, 1);
  EXPECT_EQ(first.tokens, (std::vector<Token>{1, 10, 11}));
  EXPECT_EQ(first.first_scored, 1u);
}

TEST(Windows, StopAtTheirLimit) {
  EXPECT_EQ(plan_windows(100, {.window_tokens = 10, .max_windows = 3}).size(), 3u);
}

TEST(Windows, OfATextThatIsTooShortAreNone) {
  EXPECT_TRUE(plan_windows(3, {.window_tokens = 4}).empty());
  EXPECT_TRUE(plan_windows(0, {.window_tokens = 2}).empty());
}

TEST(Protocol, IsStatedInWords) {
  const std::string text = ScoreProtocol{.window_tokens = 256, .max_windows = 200}.text();
  EXPECT_EQ(text,
            "text tokenized once as a whole, windows of 256 positions, stride 256, no begin token, "
            "all positions but the first of a window scored, first 200 windows");
}

}  // namespace
}  // namespace nibble::offline
