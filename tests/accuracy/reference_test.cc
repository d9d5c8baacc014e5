// Compares the oracle with figures computed elsewhere, before anything is compared with it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/reference.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tests/support/models.h"
#include "tests/support/reference_tokenizer.h"

namespace nibble::test {
namespace {

using Json = nlohmann::json;

std::vector<uint32_t> continue_greedily(const ReferenceModel& model, std::vector<uint32_t> prompt,
                                        size_t tokens) {
  ReferenceSession session(model);
  std::vector<double> logits = session.steps(prompt);
  std::vector<uint32_t> reply;
  for (;;) {
    reply.push_back(largest(logits));
    if (reply.size() == tokens) return reply;
    logits = session.step(reply.back());
  }
}

class Kdoc : public testing::Test {
 protected:
  static const Json& published() {
    static const Json json = Json::parse(std::ifstream(kdoc_folder() / "reference.json"));
    return json;
  }
  static const ReferenceModel& model() {
    static const ReferenceModel model(kdoc_folder());
    return model;
  }
};

TEST_F(Kdoc, ReferenceTokenizerGivesThePublishedIds) {
  const ReferenceTokenizer tokenizer(kdoc_folder() / "tokenizer.model");
  for (const Json& entry : published().at("prompts")) {
    std::vector<uint32_t> ids = tokenizer.encode(entry.at("prompt"));
    ids.insert(ids.begin(), 1);
    EXPECT_EQ(ids, entry.at("ids").get<std::vector<uint32_t>>()) << entry.at("prompt");
  }
}

TEST_F(Kdoc, ReferenceHasThePublishedTopFiveLogits) {
  for (const Json& entry : published().at("prompts")) {
    const std::vector<double> logits = ReferenceSession(model()).steps(entry.at("ids"));
    std::vector<uint32_t> ids(logits.size());
    std::iota(ids.begin(), ids.end(), 0u);
    std::ranges::sort(ids, [&](uint32_t a, uint32_t b) { return logits[a] > logits[b]; });
    for (size_t rank = 0; rank < 5; ++rank) {
      const Json& expected = entry.at("top5").at(rank);
      EXPECT_EQ(ids[rank], expected.at("id").get<uint32_t>()) << entry.at("prompt");
      EXPECT_NEAR(logits[ids[rank]], expected.at("logit").get<double>(), 1e-4);
    }
  }
}

TEST_F(Kdoc, ReferenceContinuesAsPublished) {
  for (const Json& entry : published().at("prompts")) {
    const std::vector<uint32_t> greedy = entry.at("greedy");
    EXPECT_EQ(continue_greedily(model(), entry.at("ids"), greedy.size()), greedy)
        << entry.at("prompt");
  }
}

TEST(Stories, ReferenceTellsThePublishedStory) {
  const auto folder = stories_folder();
  if (!folder) GTEST_SKIP() << "stories260k is not at ../shared/models";
  const ReferenceTokenizer tokenizer(*folder / "hf" / "tokenizer.model");
  std::vector<uint32_t> ids = tokenizer.encode("Once upon a time");
  ids.insert(ids.begin(), 1);
  const auto reply =
      continue_greedily(ReferenceModel(*folder / "hf"), ids, kStoryPositions + 1 - ids.size());
  ids.insert(ids.end(), reply.begin(), reply.end());
  EXPECT_EQ(tokenizer.decode(ids) + "\n", read_file(*folder / "greedy.txt"));
}

}  // namespace
}  // namespace nibble::test
