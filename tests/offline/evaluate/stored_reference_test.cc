// Predictions that were kept: the same as those of a model that reads the text beside the other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/stored_reference.h"

#include <gtest/gtest.h>

#include "offline/evaluate/perplexity.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using offline::BlobScore;
using offline::BuiltModel;
using offline::ScoreProtocol;
using offline::ScoringRun;
using offline::StoredReference;

const std::vector<Token> kReferenceText = {1, 7, 300, 41, 5, 5, 290, 12, 9, 64, 33, 8, 8, 120};

class StoredReferenceTest : public testing::TestWithParam<TinySource::Head> {
 protected:
  const TinySource source_{GetParam()};
  const BuiltModel reference_ = source_.build(source_.model().compile_as_f16());
  const BuiltModel other_ = source_.build(source_.compile({format::TensorType::Int4, 32}));
};

INSTANTIATE_TEST_SUITE_P(Heads, StoredReferenceTest,
                         testing::Values(TinySource::Head::Separate, TinySource::Head::Tied));

/// With overlapping windows, a begin token, and batches that end within a window.
TEST_P(StoredReferenceTest, ScoresAsTheModelItselfWould) {
  for (const ScoreProtocol& protocol :
       {ScoreProtocol{.window_tokens = 5}, ScoreProtocol{.window_tokens = 6, .stride_tokens = 3},
        ScoreProtocol{.window_tokens = 7, .begin_token = true}}) {
    ScoringRun beside;
    beside.models = {&other_.loaded(), &reference_.loaded()};
    beside.reference = 1;
    beside.protocol = protocol;
    beside.session.batch_tokens = 3;
    const BlobScore expected = score_text(beside, kReferenceText).front();

    StoredReference stored(reference_.loaded(), protocol, kReferenceText, 2, {});
    ScoringRun run = beside;
    run.models = {&other_.loaded()};
    run.reference.reset();
    run.stored_reference = &stored;
    const BlobScore score = score_text(run, kReferenceText).front();
    EXPECT_EQ(score.likelihood.mean_nll, expected.likelihood.mean_nll);
    ASSERT_TRUE(score.distance.has_value());
    EXPECT_EQ(score.distance->kl.mean, expected.distance->kl.mean);
    EXPECT_EQ(score.distance->kl.largest, expected.distance->kl.largest);
    EXPECT_EQ(score.distance->ln_perplexity_ratio, expected.distance->ln_perplexity_ratio);
    EXPECT_EQ(score.distance->top5_agreement, expected.distance->top5_agreement);
    EXPECT_GT(score.distance->kl.mean, 0);
  }
}

}  // namespace
}  // namespace nibble::test
