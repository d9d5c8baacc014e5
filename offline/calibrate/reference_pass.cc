// Stops at every stage where something is asked.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/reference_pass.h"

#include <algorithm>

#include "offline/calibrate/running_network.h"
#include "offline/calibrate/scale_folding.h"

namespace nibble::offline {
namespace {

/// The edge whose consumers are multiplied in this stage; the number of edges where there is none.
size_t edge_of(const Network& network, const Stage& stage) {
  const uint16_t tensor = network.ops[stage.matmuls.front()].tensor[0];
  const auto found = std::ranges::find_if(network.scale_edges, [&](const ScaleEdge& edge) {
    return std::ranges::find(edge.consumers, tensor) != edge.consumers.end();
  });
  return static_cast<size_t>(found - network.scale_edges.begin());
}

}  // namespace

ReferenceFindings examine_reference(const SourceModel& source, const Network& network,
                                    const ReferenceQuestions& questions,
                                    const TokenSamples& samples, unsigned threads,
                                    const std::function<void(double)>& progress) {
  const TokenSamples windows = questions.factors ? samples : head_samples(samples);
  RunningNetwork exact(source, source.compile_as_f16(), windows);
  ReferenceFindings findings;
  if (questions.factors) findings.factors.resize(network.scale_edges.size());
  const auto inputs_of = [&](const Stage& stage) {
    return sum_stage(exact.place(stage), nullptr, threads, [](double) {}).inputs.begin()->second;
  };
  const double sensitivity = questions.head ? embedding_sensitivity(exact, threads) : 0;
  for (size_t block = 0; block < exact.blocks.size(); ++block) {
    const std::vector<Stage>& stages = exact.blocks[block].stages;
    for (size_t i = 0; questions.factors && i < stages.size(); ++i) {
      const size_t edge = edge_of(exact.network, stages[i]);
      if (edge == exact.network.scale_edges.size()) continue;
      findings.factors[edge] =
          choose_factors(network, network.scale_edges[edge], inputs_of(stages[i]), threads);
    }
    const double done = static_cast<double>(block) / static_cast<double>(exact.blocks.size());
    if (block + 1 == exact.blocks.size()) {
      if (questions.head) findings.head = sum_predictions(exact, windows, sensitivity, threads);
    } else {
      exact.runner.advance(threads, [&](double share) {
        progress(done + share / static_cast<double>(exact.blocks.size()));
      });
    }
  }
  return findings;
}

}  // namespace nibble::offline
