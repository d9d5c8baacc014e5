// A head that is the embedding as well: what is known of its rows, and rows fitted to it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/tied_head.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "offline/calibrate/probabilities.h"
#include "offline/weights/memory_weights.h"
#include "runtime/core/random.h"
#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::LogitWeight;
using offline::TiedHeadSums;

constexpr size_t kWindows = 12, kTokens = 24;

offline::TokenSamples random_samples(uint32_t vocabulary) {
  offline::TokenSamples samples;
  uint64_t state = 5;
  for (size_t window = 0; window < kWindows; ++window) {
    samples.windows.emplace_back();
    for (size_t i = 0; i < kTokens; ++i) {
      samples.windows.back().push_back(static_cast<Token>(next_random(state) % vocabulary));
    }
  }
  return samples;
}

class TiedHead : public testing::Test {
 protected:
  TiedHeadSums examine(unsigned threads) {
    offline::RunningNetwork exact(source_.model(), source_.model().compile_as_f16(), samples_);
    const double sensitivity = offline::embedding_sensitivity(exact, threads);
    for (size_t i = 0; i + 1 < exact.blocks.size(); ++i) {
      exact.runner.advance(threads, [](double) {});
    }
    return offline::sum_predictions(exact, samples_, sensitivity, threads);
  }

  TinySource source_{TinySource::Head::Tied};
  uint32_t vocabulary_ = source_.model().shape->vocab_size;
  offline::TokenSamples samples_ = random_samples(vocabulary_);
};

TEST_F(TiedHead, WeighsEveryPredictionOnce) {
  const TiedHeadSums sums = examine(2);
  EXPECT_EQ(sums.inputs.rows(), kWindows * kTokens);
  EXPECT_EQ(std::accumulate(sums.counts.begin(), sums.counts.end(), 0u), kWindows * kTokens);
  EXPECT_GT(sums.sensitivity, 0);
  double total = std::accumulate(sums.rest.begin(), sums.rest.end(), 0.0);
  for (const LogitWeight& weight : sums.weights) {
    ASSERT_LT(weight.row, vocabulary_);
    ASSERT_LT(weight.sample, kWindows * kTokens);
    ASSERT_LE(weight.weight, 0.25f);
    total += double{weight.weight};
  }
  // Σ p·(1 − p) of a prediction is below Σ p = 1.
  EXPECT_LT(total, static_cast<double>(kWindows * kTokens));
  EXPECT_GT(total, 0);
}

TEST_F(TiedHead, IsTheSameForAnyNumberOfThreads) {
  const TiedHeadSums once = examine(1), again = examine(3);
  EXPECT_EQ(once.inputs.values, again.inputs.values);
  EXPECT_EQ(once.statistics.hessian, again.statistics.hessian);
  EXPECT_EQ(once.rest, again.rest);
  EXPECT_EQ(once.sensitivity, again.sensitivity);
  ASSERT_EQ(once.weights.size(), again.weights.size());
  for (size_t i = 0; i < once.weights.size(); ++i) {
    ASSERT_EQ(once.weights[i].row, again.weights[i].row);
    ASSERT_EQ(once.weights[i].sample, again.weights[i].sample);
    ASSERT_EQ(once.weights[i].weight, again.weights[i].weight);
  }
}

TEST_F(TiedHead, LosesLessInBothUsesThanWithSumsOfAllInputs) {
  const TiedHeadSums sums = examine(2);
  const offline::Network network = source_.compile({TensorType::Int4, 32});
  const offline::TensorPlan& plan = network.tensors[network.ops[0].tensor[0]];
  const offline::FloatMatrix weights = offline::read_matrix(*plan.source);
  const auto gptq = offline::make_quantizer("gptq");
  // Σ p·(1 − p)·(e·x)² over the predictions that are known one by one, and what embeddings cost.
  const auto cost_of = [&](const offline::QuantizedMatrix& matrix) {
    const auto stored = offline::hold_quantized(matrix);
    const offline::FloatMatrix values = offline::read_matrix(*stored);
    double cost = 0;
    for (const LogitWeight& weight : sums.weights) {
      double change = 0;
      for (uint32_t i = 0; i < plan.columns; ++i) {
        const size_t element = size_t{weight.row} * plan.columns + i;
        change += (double{weights.values[element]} - double{values.values[element]}) *
                  double{sums.inputs.values[size_t{weight.sample} * sums.inputs.stride + i]};
      }
      cost += double{weight.weight} * change * change;
    }
    for (size_t i = 0; i < values.values.size(); ++i) {
      const double error = double{weights.values[i]} - double{values.values[i]};
      cost += sums.counts[i / plan.columns] * sums.sensitivity * error * error;
    }
    return cost;
  };
  ASSERT_FALSE(sums.weights.empty());
  const double own = cost_of(offline::quantize_tied_head(*gptq, plan, weights, sums, 2).matrix);
  const double common =
      cost_of(offline::quantize_matrix(*gptq, plan, weights, &sums.statistics, 2).matrix);
  EXPECT_LT(own, common);
}

TEST(Probabilities, AreASoftmaxThatMeasuresChanges) {
  const std::vector<float> logits = {1, 2.5f, -300, 0.25f, 2};
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit});
  const std::vector<float> found = offline::probabilities(logits);
  for (size_t i = 0; i < logits.size(); ++i) {
    EXPECT_NEAR(found[i], std::exp(double{logits[i]}) / sum, 1e-6);
  }
  // Logits that all move alike predict the same; one that moves by d counts p·(1 − p)·d².
  std::vector<float> moved = logits;
  for (float& logit : moved) logit += 0.5f;
  EXPECT_NEAR(offline::squared_change(logits, moved), 0, 1e-6);
  moved = logits;
  moved[1] += 0.125f;
  EXPECT_NEAR(offline::squared_change(logits, moved),
              double{found[1]} * (1 - double{found[1]}) * 0.125 * 0.125, 1e-7);
}

}  // namespace
}  // namespace nibble::test
