// Products of matrices of floats, as training needs them: forward, and back to inputs and weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include <cstddef>
#include <cstdint>

namespace nibble::offline {

/// A matrix in memory: element [i, j] is data[i · row_stride + j · column_stride].
template <class Real>
struct Strided {
  const Real* data = nullptr;
  size_t row_stride = 0, column_stride = 1;

  Strided transposed() const { return {data, column_stride, row_stride}; }
  Strided from(size_t row, size_t column) const {
    return {data + row * row_stride + column * column_stride, row_stride, column_stride};
  }
};

/// out [rows, columns] = left [rows, steps] · right [steps, columns], or out += where `accumulate`.
/// Rows of `out` are out_stride elements apart.
template <class Real>
struct Product {
  uint32_t rows = 0, columns = 0, steps = 0;
  Strided<Real> left, right;
  Real* out = nullptr;
  size_t out_stride = 0;
  bool accumulate = false;
};

/// Each element of the result is the sum over ascending steps, from +0, every product and every sum
/// rounded on its own; last, what `out` held is added. So neither the CPU's vectors nor the number
/// of threads show in the result.
/// @pre `out` overlaps neither operand
template <class Real>
void multiply(const Product<Real>& product, const ParallelFor& parallel = {});

}  // namespace nibble::offline
