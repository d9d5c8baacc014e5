// Tries starting scales over arrays of fixed length, which compilers turn into vectors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/grid_search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "offline/files/half.h"

namespace nibble::offline {
namespace {

using format::TensorType;

constexpr size_t kLanes = 8, kMaxGroup = 128;

/// To nearest even, for |x| < 2²²: additions that every instruction set has, unlike rounding.
float round_nearest(float x) {
  constexpr float kShift = 0x1.8p23f;
  return x + kShift - kShift;
}

float sum_of_lanes(const std::array<float, kLanes>& lanes) {
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

class GroupSearch {
 public:
  GroupSearch(std::span<const float> group, std::span<const float> importance)
      : padded_((group.size() + kLanes - 1) / kLanes * kLanes) {
    for (size_t i = 0; i < group.size(); ++i) {
      weights_[i] = group[i];
      importance_[i] = importance[i];
      weighted_[i] = group[i] * importance[i];
    }
  }

  /// @param least, most  codes less the zero point
  void consider(float scale, int zero, int least, int most) {
    for (int round = 0; round < 2; ++round) {
      if (!std::isnormal(scale)) return;
      const Fit fit = fit_codes(1 / scale, static_cast<float>(least), static_cast<float>(most));
      if (!(fit.gain > 0)) return;
      scale = fit.scale;
      if (fit.gain > best_gain_) best_gain_ = fit.gain, best_scale_ = scale, best_zero_ = zero;
    }
  }

  float weighted_error(const Grid& grid) const {
    std::array<float, kLanes> sums{};
    const float inverse = grid.scale == 0 ? 0 : 1 / grid.scale;
    const auto least = static_cast<float>(grid.least_code - grid.zero);
    const auto most = static_cast<float>(grid.most_code - grid.zero);
    for (size_t i = 0; i < padded_; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const float weight = weights_[i + lane];
        const float error = weight - grid.scale * code(weight * inverse, least, most);
        sums[lane] += importance_[i + lane] * error * error;
      }
    }
    return sum_of_lanes(sums);
  }

  float best_scale() const { return best_scale_; }
  int best_zero() const { return best_zero_; }

 private:
  struct Fit {
    float scale, gain;
  };

  static float code(float steps, float least, float most) {
    return round_nearest(std::min(std::max(steps, least), most));
  }

  Fit fit_codes(float inverse, float least, float most) const {
    std::array<float, kLanes> products{}, squares{};
    for (size_t i = 0; i < padded_; i += kLanes) {
      for (size_t lane = 0; lane < kLanes; ++lane) {
        const float q = code(weights_[i + lane] * inverse, least, most);
        products[lane] += weighted_[i + lane] * q;
        squares[lane] += importance_[i + lane] * q * q;
      }
    }
    const float product = sum_of_lanes(products), square = sum_of_lanes(squares);
    return square > 0 ? Fit{product / square, product * product / square} : Fit{0, 0};
  }

  size_t padded_;
  std::array<float, kMaxGroup> weights_{}, importance_{}, weighted_{};
  float best_gain_ = 0, best_scale_ = 0;
  int best_zero_ = 0;
};

/// Starting scales are the range's, times 1 − step·k: for 4 bits down to where two fifths of the
/// range are cut off, for 8 bits only as far as the codes shift by a few.
constexpr int kFirstStep = -8, kLastStep = 24;

void try_symmetric(GroupSearch& search, const Grid& grid, float magnitude, float step) {
  const int least = grid.least_code - grid.zero, most = grid.most_code - grid.zero;
  const float range = magnitude / static_cast<float>(-least);
  for (int k = kFirstStep; k <= kLastStep; ++k) {
    const float scale = range * (1 - step * static_cast<float>(k));
    search.consider(scale, grid.zero, least, most);
    if (least + most != 0) search.consider(-scale, grid.zero, least, most);
  }
}

void try_asymmetric(GroupSearch& search, float low, float high, float step) {
  const float range = high / 15 - low / 15;
  for (int k = kFirstStep; k <= kLastStep; ++k) {
    const float scale = range * (1 - step * static_cast<float>(k));
    if (!std::isnormal(scale)) return;
    const int middle = static_cast<int>(std::nearbyint((15 - (low + high) / scale) / 2));
    for (int zero = std::max(middle - 1, 0); zero <= std::min(middle + 1, 15); ++zero) {
      search.consider(scale, zero, -zero, 15 - zero);
    }
  }
}

}  // namespace

std::optional<Grid> with_scale(const Grid& grid, uint16_t stored_scale) {
  const float scale = float_from_half(stored_scale);
  if (scale == 0 || !std::isfinite(scale)) return std::nullopt;
  Grid changed = grid;
  changed.stored_scale = stored_scale;
  changed.scale = scale;
  return changed;
}

Grid search_grid(TensorType type, std::span<const float> group, std::span<const float> importance,
                 uint32_t row) {
  Grid best = fit_grid(type, group, row);
  const auto [least, most] = std::minmax_element(group.begin(), group.end());
  const float low = std::min(*least, 0.0f), high = std::max(*most, 0.0f);
  if (best.scale == 0 || std::max(high, -low) > 1e15f) return best;  // squares stay finite
  GroupSearch search(group, importance);
  if (type == TensorType::Int4Zero) {
    try_asymmetric(search, low, high, 1.0f / 40);
  } else {
    try_symmetric(search, best, std::max(high, -low), type == TensorType::Int8 ? 0.0025f : 0.025f);
  }
  Grid found = best;
  found.zero = type == TensorType::Int4Zero ? search.best_zero() : best.zero;
  const uint16_t nearest = half_from_float(search.best_scale());
  float least_error = search.weighted_error(best);
  for (const int neighbor : {0, -1, 1}) {
    const auto grid = with_scale(found, static_cast<uint16_t>(nearest + neighbor));
    if (!grid) continue;
    const float error = search.weighted_error(*grid);
    if (error < least_error) least_error = error, best = *grid;
  }
  return best;
}

}  // namespace nibble::offline
