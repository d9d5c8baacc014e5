// Whole runs on a tiny model: the divergence falls, and threads do not show.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/distillation.h"

#include <gtest/gtest.h>

#include "tests/offline/distill/tiny_training.h"

namespace nibble::test {
namespace {

using offline::DistillationOptions;
using offline::DistillationProgress;
using offline::Distilled;
using offline::Network;

DistillationOptions options(uint64_t steps) {
  DistillationOptions options;
  options.steps = steps;
  options.sequence_tokens = 16;
  options.batch_sequences = 8;
  options.rates.positions = 0.004f;  // a tiny model in a hundred steps takes more than a real one
  return options;
}

TEST(Distillation, BringsTheDivergenceDown) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  const Distilled distilled = distill(source.model(), start, pseudo_random_texts(), options(100));
  EXPECT_EQ(distilled.result.steps, 100u);
  EXPECT_LT(distilled.result.divergence, 0.75 * distilled.result.start_divergence);
  // What it returns is packed without another rounding.
  for (const offline::TensorPlan& plan : distilled.network.tensors) {
    if (plan.scheme != kTrainedScheme) continue;
    EXPECT_EQ(plan.source->stored_scheme(), kTrainedScheme) << plan.name;
  }
  // Starting from the result, the start is as good as the result was.
  const Distilled again =
      distill(source.model(), distilled.network, pseudo_random_texts(), options(1));
  EXPECT_NEAR(again.result.start_divergence, distilled.result.divergence, 1e-9);
}

TEST(Distillation, GivesTheSameBytesOnAnyNumberOfThreads) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  const Distilled alone = distill(source.model(), start, pseudo_random_texts(), options(3));
  for (const unsigned threads : {2u, 3u}) {
    ThreadPartition partition(threads);
    DistillationOptions parallel = options(3);
    parallel.parallel = partition.parallel_for();
    const Distilled together = distill(source.model(), start, pseudo_random_texts(), parallel);
    expect_same_weights(alone.network, together.network);
    EXPECT_EQ(alone.result.divergence, together.result.divergence);
  }
}

TEST(Distillation, AnotherSeedGivesAnotherResult) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  DistillationOptions other = options(3);
  other.seed = 2;
  EXPECT_NE(distill(source.model(), start, pseudo_random_texts(), options(3)).result.divergence,
            distill(source.model(), start, pseudo_random_texts(), other).result.divergence);
}

TEST(Distillation, KeepsTheStartWhereTrainingOnlyDoesHarm) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  DistillationOptions harmful = options(6);
  harmful.rates = {.positions = 4, .scales = 0.2f, .vectors = 0.5f};
  double last = 0;
  harmful.progress = [&](const DistillationProgress& p) { last = p.divergence; };
  const Distilled distilled = distill(source.model(), start, pseudo_random_texts(), harmful);
  EXPECT_GT(last, 2 * distilled.result.start_divergence);
  EXPECT_EQ(distilled.result.divergence, distilled.result.start_divergence);
  DistillationOptions no_time = options(6);
  no_time.minutes = 0;
  const Distilled untrained = distill(source.model(), start, pseudo_random_texts(), no_time);
  EXPECT_EQ(untrained.result.steps, 0u);
  expect_same_weights(distilled.network, untrained.network);
}

TEST(Distillation, StopsWithTheBestStateWhenAsked) {
  const TinySource source;
  DistillationOptions stopped = options(1000);
  uint64_t asked = 0;
  double least = 0;
  stopped.should_stop = [&] { return ++asked >= 10; };  // before and after each step
  stopped.progress = [&](const DistillationProgress& p) { least = p.least_divergence; };
  const Distilled distilled =
      distill(source.model(), source.compile(kTrainedScheme), pseudo_random_texts(), stopped);
  EXPECT_EQ(distilled.result.steps, 5u);
  EXPECT_EQ(distilled.result.divergence, least);
  EXPECT_LE(distilled.result.divergence, distilled.result.start_divergence);
}

}  // namespace
}  // namespace nibble::test
