// Which scheme each matrix gets: the smallest predicted loss within a number of bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// One way to store a matrix.
struct SchemeOption {
  Scheme scheme;
  uint64_t bytes = 0;
  double loss = 0;  ///< predicted; losses of different matrices add up
};
/// The options of one matrix. @pre not empty
using SchemeOptionList = std::vector<SchemeOption>;

/// What was chosen for all matrices.
struct Allocation {
  std::vector<size_t> choices;  ///< index into each matrix's options
  uint64_t bytes = 0;
  double loss = 0;
};

/// Solves the choice for every budget at once, by dynamic programming over the bytes above the
/// smallest options. Losses add up where they are small (Malinovskii et al. 2024, "Pushing the
/// Limits of Large Language Model Quantization via the Linearity Theorem", arXiv 2411.17525).
/// Budgets are divided into at most kSteps steps, and each option is rounded up to whole ones:
/// a choice never exceeds its budget, and misses the best by what so many steps can hold.
/// Cost: matrices · options · kSteps; memory: matrices · kSteps bytes.
class Allocator {
 public:
  static constexpr size_t kSteps = 1 << 15;

  explicit Allocator(std::vector<SchemeOptionList> matrices);

  /// Every matrix's smallest option, and every matrix's best.
  uint64_t least_bytes() const { return least_bytes_; }
  uint64_t most_bytes() const { return most_bytes_; }
  /// Of every matrix's best option.
  double least_loss() const { return losses_.back(); }

  /// The smallest loss within `bytes`. Nothing below least_bytes().
  std::optional<Allocation> within_bytes(uint64_t bytes) const;
  /// The fewest bytes with at most this loss. Nothing where even the best options lose more.
  std::optional<Allocation> within_loss(double loss) const;

 private:
  void solve();
  Allocation allocation_at(size_t step) const;
  size_t steps_of(uint64_t bytes_above_least) const;

  std::vector<SchemeOptionList> matrices_;
  std::vector<uint64_t> smallest_;  ///< bytes of each matrix's smallest option
  uint64_t least_bytes_ = 0, most_bytes_ = 0, step_bytes_ = 1;
  std::vector<std::vector<uint8_t>> choices_;  ///< [matrices][steps + 1]
  std::vector<double> losses_;                 ///< [steps + 1], not ascending
};

}  // namespace nibble::offline
