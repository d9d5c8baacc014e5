// Stop texts that arrive in parts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/stop_filter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace nibble {
namespace {

constexpr size_t kLongestPart = 16;

/// A filter over its own memory, exactly as large as it says.
class Filter {
 public:
  explicit Filter(std::vector<std::string> stops) : stops_(std::move(stops)) {
    for (const std::string& stop : stops_) views_.emplace_back(stop.data(), stop.size());
    buffer_.resize(kLongestPart + StopFilter::held_bytes({views_.data(), views_.size()}));
    filter_ = StopFilter({views_.data(), views_.size()}, {buffer_.data(), buffer_.size()});
  }

  std::string push(const std::string& part) { return text_of(filter_.push(write(part))); }
  std::string finish(const std::string& part = "") { return text_of(filter_.finish(write(part))); }
  void begin() { filter_.begin(); }
  bool has_stopped() const { return filter_.has_stopped(); }

 private:
  static std::string text_of(Text text) { return {text.data(), text.size()}; }
  size_t write(const std::string& part) {
    const Span<char> room = filter_.room();
    EXPECT_LE(part.size(), room.size());
    std::copy(part.begin(), part.end(), room.begin());
    return part.size();
  }

  std::vector<std::string> stops_;
  std::vector<Text> views_;
  std::vector<char> buffer_;
  StopFilter filter_{{}, {}};
};

/// Everything shown when `parts` arrive one by one.
std::string shown(const std::vector<std::string>& stops, const std::vector<std::string>& parts) {
  Filter filter(stops);
  std::string text;
  for (const std::string& part : parts) text += filter.push(part);
  return text + filter.finish();
}

TEST(StopFilter, ShowsEverythingWithoutStops) {
  EXPECT_EQ(shown({}, {"a", "b"}), "ab");
}

TEST(StopFilter, FindsAStopThatSpansParts) {
  EXPECT_EQ(shown({"END"}, {"one E", "N", "D two"}), "one ");
}

TEST(StopFilter, ShowsWhatOnlyLookedLikeAStop) {
  EXPECT_EQ(shown({"END"}, {"one E", "N", "X two"}), "one ENX two");
  EXPECT_EQ(shown({"aab"}, {"a", "a", "a", "b", "c"}), "a");
}

TEST(StopFilter, HoldsBackOnlyWhatCouldStillBeAStop) {
  Filter filter({"END"});
  EXPECT_EQ(filter.push("abcEN"), "abc");
  EXPECT_EQ(filter.push("E"), "EN");
  EXPECT_FALSE(filter.has_stopped());
  EXPECT_EQ(filter.push("ND"), "");
  EXPECT_TRUE(filter.has_stopped());
  EXPECT_EQ(filter.push("more"), "");
  EXPECT_EQ(filter.finish(), "");
}

TEST(StopFilter, ShowsWhatItHeldInOneViewWithTheLastPart) {
  Filter filter({"END", "x1234567"});
  EXPECT_EQ(filter.push("x123456"), "");
  EXPECT_EQ(filter.finish("EN"), "x123456EN");
  EXPECT_FALSE(filter.has_stopped());
  filter.begin();
  EXPECT_EQ(filter.push("oneE"), "one");
  EXPECT_EQ(filter.finish("ND"), "");
  EXPECT_TRUE(filter.has_stopped());
}

TEST(StopFilter, BeginsAnew) {
  Filter filter({"END"});
  EXPECT_EQ(filter.push("aEND"), "a");
  filter.begin();
  EXPECT_FALSE(filter.has_stopped());
  EXPECT_EQ(filter.push("bE"), "b");
  filter.begin();
  EXPECT_EQ(filter.finish("ND"), "ND");
}

TEST(StopFilter, StopsAtTheFirstOfSeveral) {
  EXPECT_EQ(shown({"two", "one"}, {"zero one two"}), "zero ");
}

}  // namespace
}  // namespace nibble
