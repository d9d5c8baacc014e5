// Fact files: what is read and what is refused, with its line.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/fact_scores.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/files/input_error.h"
#include "tests/support/command.h"

namespace nibble::offline {
namespace {

std::vector<Fact> read(const std::string& text) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "facts.jsonl") << text;
  return read_facts(folder / "facts.jsonl");
}

std::string refusal(const std::string& text) {
  try {
    read(text);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Facts, AreReadLineByLine) {
  const auto facts =
      read("{\"prompt\": \"a\", \"answer\": \"b\"}\n\n{\"prompt\": \"c\", \"answer\": \"d\"}");
  ASSERT_EQ(facts.size(), 2u);
  EXPECT_EQ(facts[1].prompt, "c");
  EXPECT_EQ(facts[1].answer, "d");
}

TEST(Facts, ThatAreIncompleteAreRefusedWithTheirLine) {
  EXPECT_NE(refusal("{\"prompt\": \"a\", \"answer\": \"b\"}\n{\"prompt\": \"a\"}")
                .find("line 2: /answer"),
            std::string::npos);
  EXPECT_NE(refusal("[1]").find("line 1: /prompt"), std::string::npos);
  EXPECT_NE(refusal("{\"prompt\": 1, \"answer\": \"b\"}").find("/prompt"), std::string::npos);
  EXPECT_NE(refusal("{").find("line 1"), std::string::npos);
  EXPECT_NE(refusal("\n").find("no facts"), std::string::npos);
}

}  // namespace
}  // namespace nibble::offline
