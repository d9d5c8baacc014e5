// Facts: what is read, what is refused with its line, and what answers are worth.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/fact_scores.h"

#include <gtest/gtest.h>

#include <fstream>

#include "offline/evaluate/log_softmax.h"
#include "offline/files/input_error.h"
#include "offline/host/loaded_model.h"
#include "tests/support/command.h"
#include "tests/support/tiny_llama.h"

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

TEST(Facts, GivePromptsAndSoDoLinesWithoutAnAnswer) {
  const test::TemporaryFolder folder;
  std::ofstream(folder / "prompts.jsonl")
      << "{\"prompt\": \"a\", \"answer\": \"b\"}\n{\"prompt\": \"c\"}\n";
  EXPECT_EQ(read_prompts(folder / "prompts.jsonl"), (std::vector<std::string>{"a", "c"}));
}

/// tiny_llama() loaded.
class TinyLlamaBlob {
 public:
  const LoadedModel& loaded() const { return loaded_; }

 private:
  test::TinyModel tiny_ = test::tiny_llama();
  BlobBytes blob_ = build_blob(tiny_.contents, {});
  LoadedModel loaded_{"tiny", {blob_.data(), blob_.size()}};
};

/// −Σ ln p of the tokens behind the first `given`, from one pass over all of them.
double nll_of(const LoadedModel& model, const std::vector<Token>& tokens, size_t given) {
  SessionConfig config;
  config.batch_tokens = config.logit_rows = static_cast<uint32_t>(tokens.size());
  const HostSession session(model, config);
  EXPECT_TRUE(session->prefill({tokens.data(), tokens.size()}).ok());
  double nll = 0;
  for (size_t i = given; i < tokens.size(); ++i) {
    const auto logits = session->logit_row(static_cast<uint32_t>(i - 1)).value();
    nll -= LogSoftmax(logits).log_probability(tokens[i]);
  }
  return nll;
}

TEST(Facts, AnswersAreWorthTheTokensBehindThePrompt) {
  const TinyLlamaBlob blob;
  const Tokenizer& tokenizer = blob.loaded().model().tokenizer();
  const HostGenerator generator(blob.loaded(), {});
  const auto scores = score_facts(*generator, {{"bab", "aba"}, {"b", "b"}}, {});
  ASSERT_EQ(scores.size(), 2u);
  const size_t given = encode(tokenizer, "bab", EncodeMode::Prompt).size();
  const auto tokens = encode(tokenizer, "bab aba", EncodeMode::Prompt);
  ASSERT_EQ(tokens.size(), given + 4);
  EXPECT_NEAR(scores[0].nll, nll_of(blob.loaded(), tokens, given), 1e-9);
}

TEST(Facts, ThatDoNotFitTheContextAreRefusedByName) {
  const TinyLlamaBlob blob;
  GeneratorConfig config;
  config.session.context_tokens = 8;
  const HostGenerator generator(blob.loaded(), config);
  EXPECT_THROW(score_facts(*generator, {{"b", "bbbbbbbbbbbb"}}, {}), InputError);
}

TEST(Facts, AreSummarizedAndComparedPairwise) {
  const std::vector<AnswerScore> reference = {{true, 1}, {true, 2}, {false, 6}};
  const std::vector<AnswerScore> other = {{true, 2}, {false, 3}, {false, 7}};
  const FactSummary summary = summarize(other);
  EXPECT_EQ(summary.right, 1u);
  EXPECT_DOUBLE_EQ(summary.accuracy(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(summary.mean_nll, 4);
  const NllDifference more = nll_difference(reference, other);
  EXPECT_DOUBLE_EQ(more.mean, 1);
  EXPECT_DOUBLE_EQ(more.standard_error, 0) << "every answer lost the same";
}

}  // namespace
}  // namespace nibble::offline
