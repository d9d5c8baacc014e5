// What the matrices of a stage multiply, and what they are to make of it, summed up over all
// windows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <vector>

#include "offline/calibrate/block_runner.h"
#include "offline/calibrate/product_sums.h"

namespace nibble::offline {

/// A stage of a network, and the runner that stands at its block.
struct StagePlace {
  BlockRunner& runner;
  const Network& network;
  const Stage& stage;
};

struct StageSums {
  /// By the number of the input's buffer: Σ x̃[i]·x̃[j] over the inputs of the products.
  std::map<uint16_t, InputStatistics> inputs;
  /// For each product of the stage, [rows, columns] of its matrix: Σ y[i]·x̃[j], y what the product
  /// should be. Empty without a reference.
  std::vector<std::vector<double>> targets;
};

/// Runs windows up to the stage, without its products, and sums up the inputs of the products.
/// Matrices that read one buffer share its sums.
/// @param reference  the same stage of the network before quantization, or null: a product should
///                   be what the reference makes of its own inputs; one that is added to a sum
///                   should make the sum what the reference's is
/// @param progress   called with the share done, 0 … 1
StageSums sum_stage(const StagePlace& place, const StagePlace* reference, unsigned threads,
                    const std::function<void(double)>& progress);

}  // namespace nibble::offline
