// How far one step of training may move each kind of number, and how that changes over a run.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cmath>
#include <numbers>

namespace nibble::offline {

/// 0 leaves a kind as it is.
struct TrainingRates {
  float positions = 0;  ///< of weights, in steps of their grid
  float scales = 0;     ///< of groups, as a share of the scale
  float vectors = 0;    ///< norm gains and biases, as a share of the vector's root mean square

  /// Rises linearly over the first 2 % of a run, then falls along half a cosine to 1 % of the peak
  /// (Loshchilov and Hutter, arXiv 1608.03983). @param done  share of the run, 0 … 1
  TrainingRates at(double done) const {
    constexpr double kWarmUp = 0.02, kLast = 0.01;
    const double falling = (done - kWarmUp) / (1 - kWarmUp);
    const double share = done < kWarmUp
                             ? done / kWarmUp
                             : kLast + (1 - kLast) * (1 + std::cos(std::numbers::pi * falling)) / 2;
    const auto factor = static_cast<float>(share);
    return {positions * factor, scales * factor, vectors * factor};
  }
};

}  // namespace nibble::offline
