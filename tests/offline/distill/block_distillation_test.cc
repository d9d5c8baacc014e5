// Norms and scales in training, layer by layer: errors fall, codes stay, threads do not show.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/block_distillation.h"

#include <gtest/gtest.h>

#include "tests/offline/distill/tiny_training.h"

namespace nibble::test {
namespace {

using offline::BlockDistillationOptions;
using offline::BlockErrors;
using offline::DistilledBlocks;
using offline::Network;

BlockDistillationOptions options() {
  BlockDistillationOptions options;
  options.sequence_tokens = 16;
  options.sequences = 64;
  options.steps = 200;
  options.rates = {.scales = 0.001f, .vectors = 0.001f};
  return options;
}

TEST(BlockDistillation, BringsEveryLayersErrorDown) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  const DistilledBlocks distilled =
      distill_blocks(source.model(), start, pseudo_random_texts(), options());
  ASSERT_EQ(distilled.errors.size(), 2u);
  for (const BlockErrors& errors : distilled.errors) {
    EXPECT_GT(errors.before, 0) << errors.layer;
    EXPECT_LT(errors.after, 0.985 * errors.before) << errors.layer;
  }
}

TEST(BlockDistillation, KeepsALayerThatTrainingOnlyHarms) {
  const TinySource source;
  BlockDistillationOptions harmful = options();
  harmful.steps = 8;
  harmful.rates = {.scales = 0.3f, .vectors = 0.5f};
  const DistilledBlocks distilled = distill_blocks(source.model(), source.compile(kTrainedScheme),
                                                   pseudo_random_texts(), harmful);
  for (const BlockErrors& errors : distilled.errors) EXPECT_EQ(errors.after, errors.before);
}

TEST(BlockDistillation, LeavesCodesAsTheyWere) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  const DistilledBlocks distilled =
      distill_blocks(source.model(), start, pseudo_random_texts(), options());
  const auto quantizer = offline::make_quantizer("rtn");
  size_t trained = 0;
  for (size_t i = 0; i < start.tensors.size(); ++i) {
    const offline::TensorPlan& plan = distilled.network.tensors[i];
    if (plan.scheme != kTrainedScheme || plan.layer == format::kNoLayer) continue;
    std::vector<float> weights(size_t{plan.rows} * plan.columns);
    start.tensors[i].source->read_rows(0, weights);
    const offline::QuantizedMatrix before =
        quantizer->prepare(plan.scheme, plan.columns, nullptr)->quantize(weights, 0);
    const offline::QuantizedMatrix after = plan.source->read_stored(0, plan.rows);
    EXPECT_EQ(after.codes, before.codes) << plan.name;
    trained += after.scales != before.scales;
  }
  EXPECT_EQ(trained, 14u);
}

TEST(BlockDistillation, GivesTheSameBytesOnAnyNumberOfThreads) {
  const TinySource source;
  const Network start = source.compile(kTrainedScheme);
  BlockDistillationOptions few_steps = options();
  few_steps.steps = 4;
  const DistilledBlocks alone =
      distill_blocks(source.model(), start, pseudo_random_texts(), few_steps);
  for (const unsigned threads : {2u, 3u}) {
    ThreadPartition partition(threads);
    few_steps.parallel = partition.parallel_for();
    expect_same_weights(
        alone.network,
        distill_blocks(source.model(), start, pseudo_random_texts(), few_steps).network);
  }
}

}  // namespace
}  // namespace nibble::test
