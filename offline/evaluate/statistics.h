// Means with their standard errors, and percentiles.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nibble::offline {

/// Mean and variance in one pass (Welford).
class RunningMean {
 public:
  void add(double value) {
    count_++;
    const double before = value - mean_;
    mean_ += before / static_cast<double>(count_);
    squares_ += before * (value - mean_);
  }
  uint64_t count() const { return count_; }
  double mean() const { return mean_; }
  /// The mean's standard error if the values are independent; 0 for fewer than two.
  double standard_error() const {
    if (count_ < 2) return 0;
    const double count = static_cast<double>(count_);
    return std::sqrt(squares_ / (count - 1) / count);
  }

 private:
  uint64_t count_ = 0;
  double mean_ = 0, squares_ = 0;
};

/// The smallest value that at least `share` of them do not exceed. @pre values is not empty
inline float percentile(std::vector<float> values, double share) {
  const size_t rank = static_cast<size_t>(std::ceil(share * static_cast<double>(values.size())));
  const auto nth = values.begin() + static_cast<std::ptrdiff_t>(std::max<size_t>(rank, 1) - 1);
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

}  // namespace nibble::offline
