// Stop texts that arrive in pieces.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/stop_filter.h"

#include <gtest/gtest.h>

namespace nibble::offline {
namespace {

/// Everything shown when `pieces` arrive one by one.
std::string shown(const std::vector<std::string>& stops, const std::vector<std::string>& pieces) {
  StopFilter filter(stops);
  std::string text;
  for (const std::string& piece : pieces) text += filter.push(piece);
  return text + filter.flush();
}

TEST(StopFilter, ShowsEverythingWithoutStops) {
  EXPECT_EQ(shown({}, {"a", "b"}), "ab");
  EXPECT_EQ(shown({""}, {"a", "b"}), "ab");
}

TEST(StopFilter, FindsAStopThatSpansPieces) {
  EXPECT_EQ(shown({"END"}, {"one E", "N", "D two"}), "one ");
}

TEST(StopFilter, ShowsWhatOnlyLookedLikeAStop) {
  EXPECT_EQ(shown({"END"}, {"one E", "N", "X two"}), "one ENX two");
  EXPECT_EQ(shown({"aab"}, {"a", "a", "a", "b", "c"}), "a");
}

TEST(StopFilter, HoldsBackOnlyWhatCouldStillBeAStop) {
  StopFilter filter({"END"});
  EXPECT_EQ(filter.push("abcEN"), "abc");
  EXPECT_EQ(filter.push("E"), "EN");
  EXPECT_FALSE(filter.has_stopped());
  EXPECT_EQ(filter.push("ND"), "");
  EXPECT_TRUE(filter.has_stopped());
  EXPECT_EQ(filter.push("more"), "");
  EXPECT_EQ(filter.flush(), "");
}

TEST(StopFilter, StopsAtTheFirstOfSeveral) {
  EXPECT_EQ(shown({"two", "one"}, {"zero one two"}), "zero ");
}

}  // namespace
}  // namespace nibble::offline
