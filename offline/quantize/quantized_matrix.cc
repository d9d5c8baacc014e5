// Fits the grids that every quantization method rounds to.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/quantized_matrix.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "offline/files/half.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

[[noreturn]] void throw_overflow(uint32_t row, const std::string& what, float value) {
  throw std::overflow_error("row " + std::to_string(row) + " has " + what + ", " +
                            std::to_string(value) + ", does not fit IEEE half");
}

void set_scale(Grid& grid, float exact, uint32_t row) {
  const uint16_t stored = half_from_float(exact);
  const float value = float_from_half(stored);
  if (std::isinf(value)) throw_overflow(row, "weights so large that their scale", exact);
  if (value == 0) return;  // A scale of −0 is stored as 0: one way to write an all-zero group.
  grid.stored_scale = stored;
  grid.scale = value;
}

float largest_magnitude(std::span<const float> group) {
  return *std::max_element(group.begin(), group.end(),
                           [](float a, float b) { return std::fabs(a) < std::fabs(b); });
}

/// The range always holds 0, so that the zero point is a code.
void fit_asymmetric(std::span<const float> group, uint32_t row, Grid& grid) {
  const auto [least, most] = std::minmax_element(group.begin(), group.end());
  const float low = std::min(*least, 0.0f), high = std::max(*most, 0.0f);
  // Divided first: the difference of two finite floats may overflow.
  set_scale(grid, high / 15 - low / 15, row);
  if (grid.scale != 0) grid.zero = grid.code(-low);
}

}  // namespace

QuantizedMatrix::QuantizedMatrix(const Scheme& with_scheme, uint32_t with_rows,
                                 uint32_t with_columns)
    : scheme(with_scheme), rows(with_rows), columns(with_columns) {
  const size_t elements = size_t{rows} * columns;
  if (scheme.type == TensorType::F16) {
    halves.resize(elements);
    return;
  }
  const size_t groups = size_t{rows} * format::group_count(columns, scheme.group);
  codes.resize(elements);
  scales.resize(groups);
  if (scheme.type == TensorType::Int4Zero) zeros.resize(groups);
}

void QuantizedMatrix::set_grid(uint32_t row, uint32_t group, const Grid& grid) {
  const size_t index = size_t{row} * format::group_count(columns, scheme.group) + group;
  scales[index] = grid.stored_scale;
  if (!zeros.empty()) zeros[index] = static_cast<uint8_t>(grid.zero);
}

void QuantizedMatrix::set_rows(uint32_t first_row, const QuantizedMatrix& slice) {
  const auto copy = [&](const auto& from, auto& to) {
    if (slice.rows == 0) return;
    const size_t per_row = from.size() / slice.rows;
    std::ranges::copy(from, to.begin() + static_cast<ptrdiff_t>(first_row * per_row));
  };
  copy(slice.halves, halves);
  copy(slice.codes, codes);
  copy(slice.scales, scales);
  copy(slice.zeros, zeros);
}

Grid fit_grid(TensorType type, std::span<const float> group, uint32_t row) {
  Grid grid{.most_code = 15};
  switch (type) {
    case TensorType::Int8:
      grid.least_code = -127;
      grid.most_code = 127;
      set_scale(grid, std::fabs(largest_magnitude(group)) / 127, row);
      return grid;
    case TensorType::Int4:
      // The largest weight becomes −8, so the scale has the opposite sign: all codes are used.
      grid.zero = 8;
      set_scale(grid, largest_magnitude(group) / -8, row);
      return grid;
    case TensorType::Int4Zero:
      fit_asymmetric(group, row, grid);
      return grid;
    default:
      throw std::logic_error("fit_grid: this type has no grid");
  }
}

uint16_t round_to_half(float weight, uint32_t row) {
  const uint16_t half = half_from_float(weight);
  if ((half & 0x7FFF) == 0x7C00) throw_overflow(row, "a weight that", weight);
  return half;
}

}  // namespace nibble::offline
