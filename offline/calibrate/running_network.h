// A network with all that runs it block by block.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <utility>
#include <vector>

#include "offline/calibrate/block_runner.h"
#include "offline/calibrate/built_model.h"
#include "offline/calibrate/stage_sums.h"

namespace nibble::offline {

/// Members refer to one another, so it stays where it is made.
struct RunningNetwork {
  /// Matrices that are not quantized yet are rounded to nearest. Throws as BuiltModel does.
  RunningNetwork(const SourceModel& source, Network with_network, const TokenSamples& samples)
      : network(std::move(with_network)),
        blocks(plan_blocks(network)),
        model(source, network, *make_quantizer("rtn")),
        runner(model.loaded(), blocks, samples) {}
  RunningNetwork(const RunningNetwork&) = delete;
  RunningNetwork& operator=(const RunningNetwork&) = delete;

  StagePlace place(const Stage& stage) { return {runner, network, stage}; }

  Network network;
  std::vector<Block> blocks;
  BuiltModel model;
  BlockRunner runner;
};

}  // namespace nibble::offline
