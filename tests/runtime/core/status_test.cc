// Every error has a name of its own and a sentence.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/status.h>

#include <set>
#include <string>

namespace nibble {
namespace {

const int kFirst = -100;

TEST(Status, EveryErrorHasItsOwnNameAndSentence) {
  std::set<std::string> names, sentences;
  for (int value = kFirst; value <= 0; ++value) {
    const auto error = static_cast<Error>(value);
    const std::string name = error_name(error), text = error_text(error);
    if (name == "Unknown") continue;
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(sentences.insert(text).second) << text;
    EXPECT_EQ(text.back(), '.') << name;
    EXPECT_TRUE(text[0] >= 'A' && text[0] <= 'Z') << name;
  }
  EXPECT_EQ(names.size(), 39u);
  EXPECT_STREQ(error_name(Error::ManifestHash), "ManifestHash");
}

TEST(Status, ANumberThatIsNoErrorStillHasWords) {
  EXPECT_STREQ(error_name(static_cast<Error>(5)), "Unknown");
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
