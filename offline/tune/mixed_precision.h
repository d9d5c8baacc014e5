// A scheme for each matrix, chosen by measured sensitivity: within bytes, or within a loss.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "offline/tune/allocation.h"
#include "offline/tune/sensitivity.h"
#include "offline/tune/variant.h"

namespace nibble::offline {

/// The schemes of a choice, for each role and layer of a model.
struct SchemePlan {
  SchemeChoice schemes;
  double predicted_loss = 0;  ///< KL divergence in nats, before a method improves on it
  double bits_per_weight = 0;
};

class MixedPrecision {
 public:
  /// @param matrices  of measure_sensitivity()
  explicit MixedPrecision(std::vector<MatrixOptions> matrices);

  /// The range of sizes that can be asked for.
  uint64_t least_bytes() const { return allocator_.least_bytes(); }
  uint64_t most_bytes() const { return allocator_.most_bytes(); }
  double least_bits() const { return bits(least_bytes()); }
  double most_bits() const { return bits(most_bytes()); }
  /// Nothing below least_bytes().
  std::optional<SchemePlan> within_bytes(uint64_t bytes) const;
  /// Nothing below least_bits().
  std::optional<SchemePlan> within_bits(double bits_per_weight) const;
  /// Nothing where even the best schemes lose more.
  std::optional<SchemePlan> within_loss(double loss) const;
  double least_loss() const { return allocator_.least_loss(); }

 private:
  double bits(uint64_t bytes) const;
  std::optional<SchemePlan> plan(const std::optional<Allocation>& allocation) const;

  std::vector<MatrixOptions> matrices_;
  uint64_t weights_ = 0;
  Allocator allocator_;
};

/// The schemes that matrices are given: INT4 in groups of 128, 64 and 32, without and with zero
/// points, and INT8 in groups of 128 and 32.
std::vector<Scheme> allocated_schemes();

/// What find_smallest() tries next: the plan of a predicted loss. Where that is within
/// kSearchTolerance of the last one tried, nothing if some plan has passed, else a larger one.
/// @returns nothing also where the last one was the largest there is
inline constexpr double kSearchTolerance = 0.01;
std::optional<SchemePlan> next_plan(const MixedPrecision& precision, double loss, double last_bits,
                                    bool has_passed);

/// Quantizes and judges plans of other sizes until the smallest that passes is known within
/// kSearchTolerance of its bytes, or kMostTrials are done. The prediction says where to look; a
/// measurement decides.
/// @param report  called with every variant
/// @returns the smallest that passed; nothing where none did
inline constexpr int kMostTrials = 5;
std::optional<Variant> find_smallest(const MixedPrecision& precision, const VariantMaker& maker,
                                     const CalibrationMethod& method, const TokenSamples& samples,
                                     const std::function<void(const Variant&)>& report);

}  // namespace nibble::offline
