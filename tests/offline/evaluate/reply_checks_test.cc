// Replies with planted faults, each found; and replies that only look like it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/reply_checks.h"

#include <gtest/gtest.h>

#include "tests/support/test_model.h"
#include "tests/support/tiny_blob.h"

namespace nibble::test {
namespace {

using offline::DrawnReply;
using offline::find_faults;
using offline::find_loop;
using offline::RepetitionLoop;

std::vector<Token> repeated(const std::vector<Token>& period, size_t times) {
  std::vector<Token> tokens;
  for (size_t i = 0; i < times; ++i) tokens.insert(tokens.end(), period.begin(), period.end());
  return tokens;
}

std::vector<Token> counting(Token first, Token count) {
  std::vector<Token> tokens;
  for (Token i = 0; i < count; ++i) tokens.push_back(first + i);
  return tokens;
}

std::vector<Token> joined(std::vector<Token> a, const std::vector<Token>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

TEST(RepetitionLoops, AreFoundAtTheEndAndInTheMiddle) {
  const std::vector<Token> loop = repeated({7, 8, 9}, 6);
  for (const auto& tokens : {joined(counting(20, 30), loop), joined(loop, counting(20, 30))}) {
    const RepetitionLoop found = find_loop(tokens);
    EXPECT_EQ(found.period_tokens, 3u);
    EXPECT_EQ(found.tokens, 18u);
  }
}

TEST(RepetitionLoops, HaveTheShortestOfTheirPeriods) {
  EXPECT_EQ(find_loop(repeated({5}, 40)).period_tokens, 1u);
  EXPECT_EQ(find_loop(repeated({5, 6}, 40)).period_tokens, 2u);
}

TEST(RepetitionLoops, AreNotSeenInLists) {
  EXPECT_EQ(find_loop({}).tokens, 0u);
  EXPECT_EQ(find_loop(repeated({5}, 15)).tokens, 0u) << "too few tokens";
  EXPECT_EQ(find_loop(repeated({1, 2, 3, 4, 5, 6, 7, 8}, 3)).tokens, 0u) << "too few repeats";
  std::vector<Token> list;  // "item 1, item 2, …"
  for (Token i = 0; i < 20; ++i) list = joined(list, {7, 100 + i, 8});
  EXPECT_EQ(find_loop(list).tokens, 0u);
}

class ReplyFaults : public testing::Test {
 protected:
  static Token byte(int value) { return static_cast<Token>(3 + value); }
  static DrawnReply reply(const std::vector<int>& bytes, EndReason end) {
    DrawnReply reply{{}, end};
    for (const int value : bytes) reply.tokens.push_back(byte(value));
    return reply;
  }
  offline::ReplyFaults faults(const DrawnReply& of, const DrawnReply& reference) const {
    return find_faults(model_->tokenizer(), of, reference);
  }
  uint32_t invalid(const std::vector<int>& bytes, EndReason end) const {
    return offline::count_invalid_utf8(model_->tokenizer(), reply(bytes, end));
  }

 private:
  offline::BlobBytes blob_ = tiny_blob();
  TestModel model_{std::span<const uint8_t>(blob_)};
};

TEST_F(ReplyFaults, InvalidUtf8IsCounted) {
  EXPECT_EQ(invalid({'a', 0xC3, 0xA9, 'b'}, EndReason::EndToken), 0u);
  EXPECT_EQ(invalid({'a', 0xFF, 'b', 0xC3, 'c'}, EndReason::EndToken), 2u);
  EXPECT_EQ(invalid({'a', 0xC3}, EndReason::EndToken), 1u) << "the model ended it";
  EXPECT_EQ(invalid({'a', 0xC3}, EndReason::TokenLimit), 0u) << "the limit cut it";
}

TEST_F(ReplyFaults, SayingNothingIsOneUnlessALimitEndedTheReply) {
  const DrawnReply blank = reply({' ', '\n'}, EndReason::EndToken);
  EXPECT_TRUE(faults(blank, blank).is_empty);
  EXPECT_FALSE(faults(reply({' '}, EndReason::TokenLimit), blank).is_empty);
  EXPECT_FALSE(faults(reply({'x'}, EndReason::EndToken), blank).is_empty);
}

TEST_F(ReplyFaults, EndingEarlyIsOneBesideAReferenceThatMakesSense) {
  const DrawnReply half = reply({'a', 'b'}, EndReason::EndToken);
  const DrawnReply whole = reply({'a', 'b', 'c', 'd', 'e'}, EndReason::EndToken);
  EXPECT_TRUE(faults(half, whole).is_cut_short);
  EXPECT_FALSE(faults(half, half).is_cut_short);
  EXPECT_FALSE(faults(reply({'a', 'b'}, EndReason::TokenLimit), whole).is_cut_short);
  const DrawnReply loop{repeated({byte('x')}, 64), EndReason::TokenLimit};
  EXPECT_FALSE(faults(half, loop).is_cut_short);
}

TEST_F(ReplyFaults, AreSaidInWords) {
  const DrawnReply fine = reply({'a', 'b'}, EndReason::EndToken);
  EXPECT_EQ(faults(fine, fine).text(), "");
  const DrawnReply loop{repeated({byte(0xFF)}, 20), EndReason::TokenLimit};
  EXPECT_EQ(faults(loop, fine).text(), "repeats 1 tokens over 20; 20 byte sequences are no UTF-8");
}

TEST(CommonTokens, AreThoseAtTheStart) {
  EXPECT_EQ(offline::common_tokens({{1, 2, 3}}, {{1, 2, 4, 3}}), 2u);
  EXPECT_EQ(offline::common_tokens({{1, 2}}, {{1, 2, 4}}), 2u);
  EXPECT_EQ(offline::common_tokens({}, {{1}}), 0u);
}

}  // namespace
}  // namespace nibble::test
