// A program cut into blocks, whose inputs are kept, and stages, whose matrices see the same inputs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/architectures/network.h"

namespace nibble::offline {

/// Products that do not depend on one another: the inputs of all are known before any of their
/// matrices is quantized, as those of queries, keys and values.
struct Stage {
  std::vector<uint32_t> matmuls;  ///< ops, ascending
};

/// The ops of one layer, or those before the first or behind the last layer.
struct Block {
  uint32_t begin = 0, end = 0;    ///< ops
  std::vector<uint16_t> carried;  ///< buffers that the block reads from an earlier layer
  std::vector<Stage> stages;      ///< in the order of the ops
};

/// At least one block. What the first block writes (embeddings, rotary table) is not carried where
/// no layer has changed it: it is computed anew.
std::vector<Block> plan_blocks(const Network& network);

}  // namespace nibble::offline
