// Means, percentiles, probabilities and divergences against figures worked out by hand.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/statistics.h"

#include <gtest/gtest.h>

#include "offline/evaluate/log_softmax.h"
#include "offline/evaluate/perplexity.h"

namespace nibble::offline {
namespace {

BlockedMean mean_of(const std::vector<std::vector<double>>& blocks) {
  BlockedMean mean;
  for (const std::vector<double>& block : blocks) {
    for (const double value : block) mean.add(value);
    mean.end_block();
  }
  return mean;
}

TEST(BlockedMean, OfBlocksOfOneHasTheUsualStandardError) {
  const BlockedMean mean = mean_of({{2}, {4}, {4}, {4}, {5}, {5}, {7}, {9}});
  EXPECT_EQ(mean.count(), 8u);
  EXPECT_DOUBLE_EQ(mean.mean(), 5);
  EXPECT_DOUBLE_EQ(mean.standard_error(), std::sqrt(32.0 / 7 / 8));
}

TEST(BlockedMean, TakesBlocksAsIndependentAndNotTheirValues) {
  EXPECT_DOUBLE_EQ(mean_of({{1, 1}, {3, 3}}).standard_error(), 1)
      << "as of the values 1 and 3, not of four values";
  EXPECT_EQ(mean_of({{1, 3}, {3, 1}}).standard_error(), 0);
}

TEST(BlockedMean, WeighsBlocksByTheirLength) {
  const BlockedMean mean = mean_of({{6}, {}, {1, 2, 3}});
  EXPECT_DOUBLE_EQ(mean.mean(), 3);
  EXPECT_DOUBLE_EQ(mean.standard_error(), std::sqrt((9.0 + 9.0) * 2) / 4);
}

TEST(BlockedMean, OfOneBlockDoesNotKnowItsError) {
  EXPECT_TRUE(std::isinf(mean_of({{3, 4}}).standard_error()));
}

TEST(Percentile, IsAValueThatOccurs) {
  std::vector<float> values;
  for (int i = 1; i <= 100; ++i) values.push_back(static_cast<float>(i));
  EXPECT_EQ(percentile(values, 0.99), 99);
  EXPECT_EQ(percentile(values, 0.5), 50);
  EXPECT_EQ(percentile(std::vector<float>{7}, 0.99), 7);
}

TEST(LogSoftmax, AddsUpToOneHoweverLargeTheLogits) {
  const float logits[] = {10000, 10001, 9999};
  const LogSoftmax row(logits);
  double sum = 0;
  for (size_t i = 0; i < 3; ++i) sum += std::exp(row.log_probability(i));
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_EQ(row.best(), 1u);
}

TEST(LogSoftmax, TakesTheLowestIdAmongEqualLogits) {
  const float logits[] = {1, 3, 3};
  EXPECT_EQ(LogSoftmax(logits).best(), 1u);
}

std::vector<uint32_t> top_of(const std::vector<float>& logits) {
  const LogSoftmax row({logits.data(), logits.size()});
  return {row.top().begin(), row.top().end()};
}

TEST(LogSoftmax, KnowsTheFiveLikeliestInOrder) {
  EXPECT_EQ(top_of({1, 7, 3, 7, 5, 9, 2, 6}), (std::vector<uint32_t>{5, 1, 3, 7, 4}));
  EXPECT_EQ(top_of({9, 8, 7, 6, 5, 5}), (std::vector<uint32_t>{0, 1, 2, 3, 4}));
  EXPECT_EQ(top_of({1, 3, 3}), (std::vector<uint32_t>{1, 2, 0})) << "there are only three";
}

TEST(SharedTop, IsTheShareOfTheReferencesTokens) {
  const float one[] = {9, 8, 7, 6, 5, 0, 0, 0};
  const float other[] = {9, 0, 7, 1, 5, 2, 3, 0};  // 0, 2, 4, 6, 5
  EXPECT_DOUBLE_EQ(shared_top(LogSoftmax(one), LogSoftmax(other)), 0.6);
  EXPECT_EQ(shared_top(LogSoftmax(one), LogSoftmax(one)), 1);
}

TEST(Divergence, IsZeroToItselfAndKnownForTwoTokens) {
  const float even[] = {0, 0};
  const float uneven[] = {std::log(3.0f), 0};  // 3/4, 1/4
  EXPECT_EQ(divergence(LogSoftmax(even), LogSoftmax(even)), 0);
  EXPECT_NEAR(divergence(LogSoftmax(even), LogSoftmax(uneven)), std::log(2 / std::sqrt(3)), 1e-7);
}

Distance distance_of(double ln_ratio, double standard_error) {
  Distance distance;
  distance.ln_perplexity_ratio = ln_ratio;
  distance.standard_error_ln_ratio = standard_error;
  return distance;
}

TEST(LossBar, IsClearedOnlyWithConfidence) {
  EXPECT_EQ(judge_loss(distance_of(0.01, 0.005), 2), LossVerdict::Passed);
  EXPECT_EQ(judge_loss(distance_of(0.01, 0.0051), 2), LossVerdict::Inconclusive)
      << "0.01 + 1.96 * 0.0051 > ln 1.02";
  EXPECT_EQ(judge_loss(distance_of(0.02, 0), 2), LossVerdict::Failed) << "0.02 > ln 1.02";
  EXPECT_EQ(judge_loss(distance_of(0, std::numeric_limits<double>::infinity()), 2),
            LossVerdict::Inconclusive);
}

}  // namespace
}  // namespace nibble::offline
