// Whole runs on a tiny model: the divergence falls, and threads do not show.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/distillation.h"

#include <gtest/gtest.h>

#include "tests/offline/calibrate/tiny_source.h"
#include "tests/support/partitions.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::DistillationOptions;
using offline::DistillationProgress;
using offline::Distilled;
using offline::Network;
using offline::Scheme;
using offline::TokenText;

constexpr Scheme kScheme{TensorType::Int4, 32};

/// Tokens that follow no rule but their own.
std::vector<TokenText> texts() {
  std::vector<TokenText> texts(32, TokenText(24));
  uint32_t state = 1;
  for (TokenText& text : texts) {
    for (Token& token : text) token = (state = state * 1664525u + 1013904223u) % 515;
  }
  return texts;
}

DistillationOptions options(uint64_t steps) {
  DistillationOptions options;
  options.steps = steps;
  options.sequence_tokens = 16;
  options.batch_sequences = 8;
  return options;
}

void expect_same(const Network& a, const Network& b) {
  ASSERT_EQ(a.tensors.size(), b.tensors.size());
  for (size_t i = 0; i < a.tensors.size(); ++i) {
    const offline::TensorPlan& plan = a.tensors[i];
    if (plan.source == nullptr) continue;
    EXPECT_TRUE(same_weights(*plan.source, *b.tensors[i].source)) << plan.name;
  }
}

TEST(Distillation, BringsTheDivergenceDown) {
  const TinySource source;
  const Network start = source.compile(kScheme);
  const Distilled distilled = distill(source.model(), start, texts(), options(60));
  EXPECT_EQ(distilled.steps, 60u);
  EXPECT_LT(distilled.divergence, 0.5 * distilled.start_divergence);
  // What it returns is packed without another rounding.
  for (const offline::TensorPlan& plan : distilled.network.tensors) {
    if (plan.scheme != kScheme) continue;
    EXPECT_EQ(plan.source->stored_scheme(), kScheme) << plan.name;
  }
  // Starting from the result, the start is as good as the result was.
  const Distilled again = distill(source.model(), distilled.network, texts(), options(1));
  EXPECT_NEAR(again.start_divergence, distilled.divergence, 1e-9);
}

TEST(Distillation, GivesTheSameBytesOnAnyNumberOfThreads) {
  const TinySource source;
  const Network start = source.compile(kScheme);
  const Distilled alone = distill(source.model(), start, texts(), options(3));
  for (const unsigned threads : {2u, 3u}) {
    ThreadPartition partition(threads);
    DistillationOptions parallel = options(3);
    parallel.parallel = partition.parallel_for();
    const Distilled together = distill(source.model(), start, texts(), parallel);
    expect_same(alone.network, together.network);
    EXPECT_EQ(alone.divergence, together.divergence);
  }
}

TEST(Distillation, AnotherSeedGivesAnotherResult) {
  const TinySource source;
  const Network start = source.compile(kScheme);
  DistillationOptions other = options(3);
  other.seed = 2;
  EXPECT_NE(distill(source.model(), start, texts(), options(3)).divergence,
            distill(source.model(), start, texts(), other).divergence);
}

TEST(Distillation, StopsWithTheBestStateWhenAsked) {
  const TinySource source;
  DistillationOptions stopped = options(1000);
  uint64_t asked = 0;
  double least = 1e9;
  stopped.should_stop = [&] { return ++asked == 5; };
  stopped.progress = [&](const DistillationProgress& p) { least = p.least_divergence; };
  const Distilled distilled = distill(source.model(), source.compile(kScheme), texts(), stopped);
  EXPECT_EQ(distilled.steps, 5u);
  EXPECT_EQ(distilled.divergence, least);
  EXPECT_LE(distilled.divergence, distilled.start_divergence);
}

}  // namespace
}  // namespace nibble::test
