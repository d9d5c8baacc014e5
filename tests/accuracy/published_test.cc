// The runtime against figures published with the bundled model: ids, logits, replies, facts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/support/models.h"
#include "tests/support/reference.h"
#include "tests/support/test_model.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

const Json& published() {
  static const Json json = Json::parse(std::ifstream(kdoc_folder() / "reference.json"));
  return json;
}

Span<const float> read_prompt(TestSession& session, const std::vector<Token>& prompt) {
  return checked(session->prefill({prompt.data(), prompt.size()}));
}

TEST(Published, PromptsBecomeTheSameIds) {
  const TestModel model(blob_path("kdoc-f16"));
  for (const Json& entry : published().at("prompts"))
    EXPECT_EQ(encode(*model, entry.at("prompt"), EncodeMode::Prompt),
              entry.at("ids").get<std::vector<Token>>());
}

TEST(Published, TopFiveLogitsAgree) {
  const TestModel model(blob_path("kdoc-f16"));
  for (const Json& entry : published().at("prompts")) {
    TestSession session(*model, {});
    const Span<const float> logits = read_prompt(session, entry.at("ids"));
    const double tolerance = 1e-3 * entry.at("top5").at(0).at("logit").get<double>();
    for (const Json& expected : entry.at("top5"))
      EXPECT_NEAR(logits[expected.at("id").get<Token>()], expected.at("logit").get<double>(),
                  tolerance)
          << entry.at("prompt");
  }
}

TEST(Published, GreedyRepliesAgree) {
  const TestModel model(blob_path("kdoc-f16"));
  for (const Json& entry : published().at("prompts")) {
    TestSession session(*model, {});
    Span<const float> logits = read_prompt(session, entry.at("ids"));
    std::vector<Token> reply;
    const std::vector<Token> expected = entry.at("greedy");
    while (reply.push_back(largest(logits)), reply.size() < expected.size())
      logits = checked(session->decode(reply.back()));
    EXPECT_EQ(reply, expected) << entry.at("prompt");
  }
}

/// Whether the greedy continuation of the prompt starts with the answer.
bool knows(const Model& model, const Json& fact) {
  const std::string answer = fact.at("answer");
  TestSession session(model, {.context_tokens = 128});
  Span<const float> logits =
      read_prompt(session, encode(model, fact.at("prompt"), EncodeMode::Prompt));
  std::string reply;
  for (;;) {
    const Token token = largest(logits);
    const Text piece = model.tokenizer().piece(token);
    reply.append(piece.data(), piece.size());
    // The prompt ends without the space that the answer's first piece brings.
    const std::string said = reply.starts_with(' ') ? reply.substr(1) : reply;
    if (said.starts_with(answer)) return true;
    if (model.tokenizer().is_end(token) || !answer.starts_with(said)) return false;
    logits = checked(session->decode(token));
  }
}

int facts_known(const std::string& blob) {
  const TestModel model(blob_path(blob));
  std::ifstream lines(kdoc_folder() / "os-facts.jsonl");
  int known = 0, asked = 0;
  for (std::string line; std::getline(lines, line); ++asked)
    known += knows(*model, Json::parse(line));
  EXPECT_EQ(asked, published().at("os_facts").at("lines").get<int>());
  std::printf("%s: %d of %d facts\n", blob.c_str(), known, asked);
  testing::Test::RecordProperty("facts_known", known);
  return known;
}

TEST(Facts, StoredAsHalvesAreKnownAsPublished) {
  EXPECT_EQ(facts_known("kdoc-f16"), published().at("os_facts").at("right").get<int>());
}

// Rounding to nearest promises no figure here: these are printed beside the one above, and the
// bars only catch a broken grid.
TEST(Facts, StoredAsInt8AreStillKnown) {
  EXPECT_GE(facts_known("kdoc-int8"), 390);
}
TEST(Facts, StoredAsInt4InGroupsOf32AreMostlyKnown) {
  EXPECT_GE(facts_known("kdoc-int4-g32"), 300);
}

}  // namespace
}  // namespace nibble::test
