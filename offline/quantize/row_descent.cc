// Keeps the gradient H·eᵀ up to date, so that a step costs one row of H.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/row_descent.h"

#include <algorithm>

#include "offline/files/half.h"
#include "offline/quantize/grid_search.h"
#include "offline/quantize/input_statistics.h"

namespace nibble::offline {
namespace {

class RowDescent {
 public:
  RowDescent(QuantizedRow& row, std::span<const double> hessian, uint32_t group)
      : row_(row), hessian_(hessian), group_(group), columns_(row.codes.size()) {
    const std::vector<double> errors = errors_of(row, group);
    gradient_.resize(columns_);
    for (size_t i = 0; i < columns_; ++i) gradient_[i] = dot(row_of(i), errors);
  }

  /// @returns whether anything changed
  bool pass() {
    is_changed_ = false;
    for (size_t group = 0; group < row_.grids.size(); ++group) {
      if (row_.grids[group].scale == 0) continue;
      move_scale(group);
      for (size_t i = first(group); i < end(group); ++i) move_code(i, row_.grids[group]);
    }
    return is_changed_;
  }

 private:
  std::span<const double> row_of(size_t column) const {
    return hessian_.subspan(column * columns_, columns_);
  }
  size_t first(size_t group) const { return group * group_; }
  size_t end(size_t group) const { return std::min(first(group) + group_, columns_); }

  /// Adding `change` to a weight's value changes e·H·eᵀ by change² · H[i, i] − 2 · change ·
  /// gradient[i].
  void move_code(size_t i, const Grid& grid) {
    const double curvature = row_of(i)[i];
    const double value = grid.value(row_.codes[i]);
    const int8_t code = grid.code(static_cast<float>(value + gradient_[i] / curvature));
    const double change = double{grid.value(code)} - value;
    if (change * change * curvature >= 2 * change * gradient_[i]) return;
    row_.codes[i] = code;
    add_scaled(-change, row_of(i), gradient_);
    is_changed_ = true;
  }

  /// As move_code(), along the direction of the group's codes.
  void move_scale(size_t group) {
    const Grid& grid = row_.grids[group];
    std::vector<double> direction(columns_);  // H · codes
    double slope = 0, curvature = 0;
    for (size_t i = first(group); i < end(group); ++i) {
      const double steps = row_.codes[i] - grid.zero;
      slope += steps * gradient_[i];
      if (steps != 0) add_scaled(steps, row_of(i), direction);
    }
    for (size_t i = first(group); i < end(group); ++i) {
      curvature += (row_.codes[i] - grid.zero) * direction[i];
    }
    if (!(curvature > 0)) return;
    const auto scale = static_cast<float>(double{grid.scale} + slope / curvature);
    const auto moved = with_scale(grid, half_from_float(scale));
    if (!moved) return;
    const double change = double{moved->scale} - double{grid.scale};
    if (change * change * curvature >= 2 * change * slope) return;
    row_.grids[group] = *moved;
    add_scaled(-change, direction, gradient_);
    is_changed_ = true;
  }

  QuantizedRow& row_;
  std::span<const double> hessian_;
  uint32_t group_;
  size_t columns_;
  std::vector<double> gradient_;  ///< H·eᵀ
  bool is_changed_ = false;
};

}  // namespace

void descend(QuantizedRow& row, std::span<const double> hessian, uint32_t group) {
  RowDescent descent(row, hessian, group);
  for (int pass = 0; pass < kDescentPasses; ++pass) {
    if (!descent.pass()) return;
  }
}

}  // namespace nibble::offline
