// Every error that status.h lists has its own name and sentence, and says what its number counts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/status.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace nibble {
namespace {

struct Stated {
  std::string name;
  std::string where;  ///< of "where = …" in the comment; empty without
};

/// The enumeration as status.h states it, by value.
std::map<int, Stated> stated_errors() {
  std::ifstream header(NIBBLE_SOURCE_DIR "/runtime/include/nibble/status.h");
  const std::regex enumerator(R"(^  (\w+) = (-?\d+),(.*)$)");
  const std::regex count(R"(; where = ([^.]+)\.$)");
  std::map<int, Stated> errors;
  for (std::string line; std::getline(header, line);) {
    std::smatch found, counted;
    if (!std::regex_match(line, found, enumerator)) continue;
    const std::string comment = found[3];
    const bool counts = std::regex_search(comment, counted, count);
    EXPECT_EQ(counts, comment.find("where") != std::string::npos) << line;
    errors[std::stoi(found[2])] = {found[1], counts ? counted[1] : std::string()};
  }
  return errors;
}

TEST(Status, EveryErrorHasTheNameAndCountThatTheHeaderStates) {
  const std::map<int, Stated> stated = stated_errors();
  ASSERT_GE(stated.size(), 37u);
  for (int value = -100; value <= 0; ++value) {
    const auto error = static_cast<Error>(value);
    const auto found = stated.find(value);
    const Stated expected = found == stated.end() ? Stated{"Unknown", ""} : found->second;
    EXPECT_EQ(error_name(error), expected.name) << value;
    EXPECT_EQ(error_where(error), expected.where) << expected.name;
  }
}

TEST(Status, EveryErrorHasItsOwnSentence) {
  std::set<std::string> sentences;
  for (const auto& [value, stated] : stated_errors()) {
    const std::string text = error_text(static_cast<Error>(value));
    EXPECT_TRUE(sentences.insert(text).second) << text;
    EXPECT_EQ(text.back(), '.') << stated.name;
    EXPECT_TRUE(text[0] >= 'A' && text[0] <= 'Z') << stated.name;
  }
}

TEST(Status, ANumberThatIsNoErrorStillHasWords) {
  EXPECT_STREQ(error_name(static_cast<Error>(5)), "Unknown");
  EXPECT_STREQ(error_where(static_cast<Error>(5)), "");
  EXPECT_STRNE(error_text(static_cast<Error>(-12345)), "");
}

Status fails() {
  return Failure{Error::BadChunk, 3};
}
Result<int> one() {
  return 1;
}
Status tries(bool fail) {
  const int value = NIBBLE_TRY(one());
  if (value != 1) return Error::BadArgument;
  if (fail) NIBBLE_TRY(fails());
  return {};
}

TEST(Status, TryReturnsTheFailureAndElseGivesTheValue) {
  EXPECT_TRUE(tries(false).ok());
  EXPECT_EQ(tries(true).error(), Error::BadChunk);
  EXPECT_EQ(tries(true).failure().where, 3u);
}

}  // namespace
}  // namespace nibble
