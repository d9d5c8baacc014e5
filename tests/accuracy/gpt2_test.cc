// The bundled GPT-2 against the figures published_gpt2 with it.
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

const Json& published_gpt2() {
  static const Json json = Json::parse(std::ifstream(kdoc_gpt2_folder() / "reference.json"));
  return json;
}

TEST(PublishedGpt2, PromptsBecomeTheSameIds) {
  const TestModel model(blob_path("kdoc-gpt2-f16"));
  for (const Json& entry : published_gpt2().at("prompts"))
    EXPECT_EQ(encode(*model, entry.at("prompt"), EncodeMode::Prompt),
              entry.at("ids").get<std::vector<Token>>());
}

TEST(PublishedGpt2, TopFiveLogitsAgree) {
  const TestModel model(blob_path("kdoc-gpt2-f16"));
  for (const Json& entry : published_gpt2().at("prompts")) {
    TestSession session(*model, {});
    const std::vector<Token> ids = entry.at("ids");
    const Span<const float> logits = checked(session->prefill(span_of(ids)));
    const double tolerance = 1e-3 * entry.at("top5").at(0).at("logit").get<double>();
    for (const Json& expected : entry.at("top5"))
      EXPECT_NEAR(logits[expected.at("id").get<Token>()], expected.at("logit").get<double>(),
                  tolerance)
          << entry.at("prompt");
  }
}

TEST(PublishedGpt2, GreedyRepliesAgree) {
  const TestModel model(blob_path("kdoc-gpt2-f16"));
  for (const Json& entry : published_gpt2().at("prompts")) {
    TestSession session(*model, {});
    const std::vector<Token> ids = entry.at("ids"), expected = entry.at("greedy");
    Span<const float> logits = checked(session->prefill(span_of(ids)));
    std::vector<Token> reply;
    while (reply.push_back(largest(logits)), reply.size() < expected.size())
      logits = checked(session->decode(reply.back()));
    EXPECT_EQ(reply, expected) << entry.at("prompt");
  }
}

}  // namespace
}  // namespace nibble::test
