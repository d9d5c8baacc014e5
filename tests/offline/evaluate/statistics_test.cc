// Means, percentiles, probabilities and divergences against figures worked out by hand.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/statistics.h"

#include <gtest/gtest.h>

#include "offline/evaluate/log_softmax.h"

namespace nibble::offline {
namespace {

TEST(RunningMean, HasTheMeanAndItsStandardError) {
  RunningMean mean;
  for (const double value : {2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0}) mean.add(value);
  EXPECT_DOUBLE_EQ(mean.mean(), 5);
  EXPECT_DOUBLE_EQ(mean.standard_error(), std::sqrt(32.0 / 7 / 8));
}

TEST(RunningMean, OfOneValueHasNoError) {
  RunningMean mean;
  mean.add(3);
  EXPECT_EQ(mean.standard_error(), 0);
}

TEST(Percentile, IsAValueThatOccurs) {
  std::vector<float> values;
  for (int i = 100; i >= 1; --i) values.push_back(static_cast<float>(i));
  EXPECT_EQ(percentile(values, 0.99), 99);
  EXPECT_EQ(percentile(values, 0.5), 50);
  EXPECT_EQ(percentile({7}, 0.99), 7);
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

TEST(Divergence, IsZeroToItselfAndKnownForTwoTokens) {
  const float even[] = {0, 0};
  const float uneven[] = {std::log(3.0f), 0};  // 3/4, 1/4
  EXPECT_EQ(divergence(LogSoftmax(even), LogSoftmax(even)), 0);
  EXPECT_NEAR(divergence(LogSoftmax(even), LogSoftmax(uneven)), std::log(2 / std::sqrt(3)), 1e-7);
}

}  // namespace
}  // namespace nibble::offline
