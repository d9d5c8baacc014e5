// Means with their standard errors, and percentiles.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace nibble::offline {

/// The mean of values that come in blocks, such as the tokens of a window. Values of one block may
/// depend on each other; blocks are taken as independent. Keeps 16 bytes per block.
class BlockedMean {
 public:
  void add(double value) {
    block_.sum += value;
    ++block_.count;
  }
  /// Without values, a block does not count.
  void end_block() {
    if (block_.count == 0) return;
    total_.sum += block_.sum;
    total_.count += block_.count;
    blocks_.push_back(block_);
    block_ = {};
  }

  /// @pre of this and of what follows: every block has ended
  uint64_t count() const { return total_.count; }
  double sum() const { return total_.sum; }
  /// @pre count() > 0
  double mean() const { return total_.sum / static_cast<double>(total_.count); }
  /// The mean's standard error from the spread of the blocks' sums around what the mean expects of
  /// them (the ratio estimator of cluster sampling: Cochran, Sampling Techniques, 2.11). Infinite
  /// for fewer than two blocks, which say nothing about their spread.
  double standard_error() const {
    if (blocks_.size() < 2) return std::numeric_limits<double>::infinity();
    double squares = 0;
    for (const Block& block : blocks_) {
      const double excess = block.sum - static_cast<double>(block.count) * mean();
      squares += excess * excess;
    }
    const auto blocks = static_cast<double>(blocks_.size());
    return std::sqrt(squares * blocks / (blocks - 1)) / static_cast<double>(total_.count);
  }

 private:
  struct Block {
    double sum = 0;
    uint64_t count = 0;
  };
  Block block_, total_;
  std::vector<Block> blocks_;
};

/// The smallest value that at least `share` of them do not exceed.
/// @param sorted  ascending, not empty
inline float percentile(std::span<const float> sorted, double share) {
  const size_t rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<size_t>(rank, 1) - 1];
}

}  // namespace nibble::offline
