// Group by group: positions to weights, and gradients of weights to positions and scales.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/trained_matrix.h"

#include <algorithm>

#include "offline/distill/activation_rounding.h"
#include "offline/distill/lane_sum.h"
#include "offline/distill/parallel_loop.h"
#include "offline/files/half.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

// A weight that calibration rounded up or down for good reasons keeps its code at first, however
// far away it was.
constexpr float kFarthestStart = 0.45f;

float rounded_to_half(float scale) {
  return float_from_half(half_from_float(scale));
}

}  // namespace

/// Calls body(group) for every group of the matrix.
template <class Body>
void TrainedMatrix::for_groups(const ParallelFor& parallel, const Body& body) const {
  const uint32_t groups = format::group_count(columns_, scheme_.group);
  const float least = scheme_.type == TensorType::Int8 ? -127 : 0;
  const float most = scheme_.type == TensorType::Int8 ? 127 : 15;
  run_tiles(parallel, rows_, [&](uint32_t first, uint32_t last) {
    for (size_t index = size_t{first} * groups; index < size_t{last} * groups; ++index) {
      const size_t row = index / groups, column = index % groups * scheme_.group;
      const auto zero = static_cast<float>(zero_point(index));
      body(Group{index, row * columns_ + column,
                 row * columns_ + std::min<size_t>(column + scheme_.group, columns_), least - zero,
                 most - zero});
    }
  });
}

int TrainedMatrix::zero_point(size_t group) const {
  if (scheme_.type == TensorType::Int4Zero) return zeros_[group];
  return scheme_.type == TensorType::Int4 ? 8 : 0;
}

TrainedMatrix::TrainedMatrix(const QuantizedMatrix& start, std::span<const float> exact)
    : scheme_(start.scheme),
      rows_(start.rows),
      columns_(start.columns),
      zeros_(start.zeros),
      positions_(start.codes.size()),
      scales_(start.scales.size()),
      position_moments_(positions_.size()),
      scale_moments_(scales_.size()) {
  for_groups({}, [&](const Group& group) { start_group(group, start, exact); });
}

void TrainedMatrix::start_group(const Group& group, const QuantizedMatrix& start,
                                std::span<const float> exact) {
  const float scale = scales_[group.index] = float_from_half(start.scales[group.index]);
  const int zero = zero_point(group.index);
  for (size_t i = group.begin; i < group.end; ++i) {
    const auto code = static_cast<float>(start.codes[i] - zero);
    float offset = 0;
    if (!exact.empty() && scale != 0) {
      offset = std::clamp(exact[i] / scale - code, -kFarthestStart, kFarthestStart);
    }
    positions_[i] = code + offset;
  }
}

void TrainedMatrix::simulate(Parameter<float>& parameter, const ParallelFor& parallel) const {
  for_groups(parallel, [&](const Group& group) {
    const float scale = rounded_to_half(scales_[group.index]);
    for (size_t i = group.begin; i < group.end; ++i) {
      const float code =
          std::min(std::max(nearest_integer(positions_[i]), group.least), group.most);
      parameter.values[i] = scale * code;
    }
  });
}

void TrainedMatrix::update(const Parameter<float>& parameter, const AdamStep& step,
                           const TrainingRates& rates, const ParallelFor& parallel) {
  for_groups(parallel, [&](const Group& group) {
    const size_t count = group.end - group.begin;
    const float* const gradient = parameter.gradient.data() + group.begin;
    const float* const values = parameter.values.data() + group.begin;
    const float scale = scales_[group.index];
    if (rates.scales != 0) {
      const float of_logarithm = lane_sum<float>(
          static_cast<uint32_t>(count), [=](uint32_t i) { return gradient[i] * values[i]; });
      scales_[group.index] -= scale * rates.scales *
                              step.direction(of_logarithm, scale_moments_.first[group.index],
                                             scale_moments_.second[group.index]);
    }
    if (rates.positions == 0) return;
    move_positions(group, scale, gradient, step, rates.positions);
  });
}

/// Positions stay within half a step of the outermost codes: beyond, nothing would bring them back.
void TrainedMatrix::move_positions(const Group& group, float scale, const float* gradient,
                                   const AdamStep& step, float rate) {
  float* const positions = positions_.data() + group.begin;
  float* const first = position_moments_.first.data() + group.begin;
  float* const second = position_moments_.second.data() + group.begin;
  const float least = group.least - 0.5f, most = group.most + 0.5f;
  for (size_t i = 0; i < group.end - group.begin; ++i) {
    const float moved =
        positions[i] - rate * step.direction(scale * gradient[i], first[i], second[i]);
    positions[i] = std::min(std::max(moved, least), most);
  }
}

QuantizedMatrix TrainedMatrix::quantized() const {
  QuantizedMatrix matrix(scheme_, rows_, columns_);
  matrix.zeros = zeros_;
  for_groups({}, [&](const Group& group) {
    matrix.scales[group.index] = half_from_float(scales_[group.index]);
    const auto zero = static_cast<float>(zero_point(group.index));
    for (size_t i = group.begin; i < group.end; ++i) {
      const float code =
          std::min(std::max(nearest_integer(positions_[i]), group.least), group.most);
      matrix.codes[i] = static_cast<int8_t>(code + zero);
    }
  });
  return matrix;
}

}  // namespace nibble::offline
