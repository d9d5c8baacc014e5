// Rules are read strictly, and replies judged by them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/reply_rules.h"

#include <gtest/gtest.h>

#include <fstream>
#include <tuple>

#include "offline/evaluate/obedience.h"
#include "offline/files/input_error.h"
#include "tests/support/command.h"
#include "tests/support/models.h"

namespace nibble::offline {
namespace {

class Rules : public testing::Test {
 protected:
  std::vector<ReplyRules> read(const std::string& lines) const {
    std::ofstream(folder_ / "rules.jsonl", std::ios::trunc) << lines;
    return read_reply_rules(folder_ / "rules.jsonl");
  }
  std::string refusal_of(const std::string& lines) const {
    try {
      read(lines);
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  }
  std::string broken(const std::string& line, const std::string& reply, uint32_t tokens = 3,
                     bool has_ended = true) const {
    return broken_rule(read(line).at(0), {reply, tokens, has_ended});
  }

  test::TemporaryFolder folder_;
};

TEST_F(Rules, JudgeWhatARuleSays) {
  EXPECT_EQ(broken(R"({"prompt": "p", "contains": "b"})", "abc"), "");
  EXPECT_EQ(broken(R"({"prompt": "p", "contains": ["b", "d"]})", "abc"), "contains \"d\"");
  EXPECT_EQ(broken(R"({"prompt": "p", "regex": "^ ?[a-c]+$"})", " abc"), "");
  EXPECT_EQ(broken(R"({"prompt": "p", "regex": "x\n"})", "abc"), "regex \"x\\n\"");
  EXPECT_EQ(broken(R"({"prompt": "p", "one_of": ["yes", "no"]})", " yes\n"), "");
  EXPECT_EQ(broken(R"({"prompt": "p", "one_of": ["yes", "no"]})", "yes!"),
            "one of \"yes\", \"no\"");
  EXPECT_EQ(broken(R"({"prompt": "p", "json": true})", " {\"a\": [1]} "), "");
  EXPECT_EQ(broken(R"({"prompt": "p", "json": true})", "{\"a\": 1,}"), "json");
  EXPECT_EQ(broken(R"({"prompt": "p", "max_tokens": 3})", "abc", 3), "");
  EXPECT_EQ(broken(R"({"prompt": "p", "max_tokens": 3})", "abc", 4), "max_tokens 3");
  EXPECT_EQ(broken(R"({"prompt": "p", "max_tokens": 3})", "abc", 3, false), "max_tokens 3");
}

TEST_F(Rules, RefuseWhatIsNoRuleByItsLine) {
  const std::string good = "{\"prompt\": \"p\", \"json\": true}\n\n";
  const std::pair<const char*, const char*> wrongs[] = {
      {R"({"prompt": "p", "regex": "(a"})", "/regex"},
      {R"({"prompt": "p", "regex": "[z-a]"})", "/regex"},
      {R"({"prompt": "p", "regex": 1})", "/regex"},
      {R"({"prompt": "p", "contains": []})", "/contains"},
      {R"({"prompt": "p", "one_of": "x", "contain": "y"})", "/contain"},
      {R"({"prompt": "p", "max_tokens": 0})", "/max_tokens"},
      {R"({"prompt": ""  , "json": true})", "/prompt"},
      {R"({"json": true})", "/prompt"},
      {R"({"prompt": "p"})", "no check"},
      {R"({"prompt": "p", "json": )", "line 3"},
      {R"([])", "line 3"},
  };
  for (const auto& [line, part] : wrongs) {
    const std::string refusal = refusal_of(good + line);
    EXPECT_NE(refusal.find("rules.jsonl: line 3"), std::string::npos) << line << "\n" << refusal;
    EXPECT_NE(refusal.find(part), std::string::npos) << line << "\n" << refusal;
  }
  EXPECT_NE(refusal_of("").find("holds no prompts"), std::string::npos);
}

TEST_F(Rules, RefuseExpressionsThatCouldBreakTheirCompiler) {
  const std::string nested = std::string(2000, '(') + std::string(2000, ')');
  EXPECT_NE(refusal_of(R"({"prompt": "p", "regex": ")" + nested + "\"}").find("shorten it"),
            std::string::npos);
  EXPECT_NE(refusal_of(R"({"prompt": "p", "regex": "((a{999}){999}){999}"})").find("/regex"),
            std::string::npos);
}

TEST(Obedience, HasWilsonsInterval) {  // values of R's binom::binom.wilson
  const std::tuple<uint64_t, uint64_t, double, double> known[] = {{9, 10, 0.5958500, 0.9821238},
                                                                  {0, 10, 0, 0.2775328},
                                                                  {10, 10, 0.7224672, 1},
                                                                  {50, 100, 0.4038315, 0.5961685}};
  for (const auto& [passed, total, low, high] : known) {
    const Interval interval = wilson_interval(passed, total);
    EXPECT_NEAR(interval.low, low, 1e-6) << passed << " of " << total;
    EXPECT_NEAR(interval.high, high, 1e-6) << passed << " of " << total;
  }
}

class ObedienceOfTiny : public Rules {
 protected:
  ObedienceScore score(const std::string& lines) const {
    return score_obedience(model_, {}, read(lines), [](double) {});
  }
  const LoadedModel model_{test::blob_path("tiny-int4")};
};

TEST_F(ObedienceOfTiny, ListsWhatFailed) {
  const ObedienceScore found = score(
      "{\"prompt\": \"a\", \"regex\": \"[^]\"}\n"
      "{\"prompt\": \"b\", \"contains\": \"surely not in it, newline \\n\"}\n");
  EXPECT_EQ(found.total, 2u);
  ASSERT_EQ(found.broken.size(), 1u);
  EXPECT_EQ(found.broken[0].prompt, "b");
  EXPECT_EQ(found.broken[0].rule, "contains \"surely not in it, newline \\n\"");
  EXPECT_FALSE(found.broken[0].reply.empty());
}

/// Backtracking takes some 2^60 steps on any reply of 60 bytes.
TEST_F(ObedienceOfTiny, RefusesExpressionsThatNeverEnd) {
  try {
    score(R"({"prompt": "a", "regex": "^(([^]|[^])*)*\\u0001\\u0002\\u0003$"})");
    FAIL() << "it was judged";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("line 1: /regex"), std::string::npos) << error.what();
  }
}

TEST_F(ObedienceOfTiny, RefusesPromptsThatDoNotFit) {
  try {
    score(R"({"prompt": ")" + std::string(20'000, 'a') + R"(", "json": true})");
    FAIL() << "it was computed";
  } catch (const InputError& error) {
    EXPECT_NE(std::string(error.what()).find("rules.jsonl: line 1"), std::string::npos);
  }
}

}  // namespace
}  // namespace nibble::offline
