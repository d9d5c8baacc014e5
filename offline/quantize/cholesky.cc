// Takes each row of the factor from all rows below it, so that every loop is over neighbors in
// memory.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/cholesky.h"

#include <cmath>

#include "offline/quantize/input_statistics.h"

namespace nibble::offline {

bool factor_cholesky(std::vector<double>& matrix, size_t n) {
  const auto behind = [&](size_t row, size_t column) {
    return std::span(matrix.data() + row * n + column, n - column);
  };
  for (size_t k = 0; k < n; ++k) {
    const double square = matrix[k * n + k];
    if (!(square > 0) || !std::isfinite(square)) return false;
    const double root = std::sqrt(square);
    for (double& value : behind(k, k)) value /= root;
    for (size_t i = k + 1; i < n; ++i) {
      add_scaled(-matrix[k * n + i], behind(k, i), behind(i, i));
    }
  }
  return true;
}

void solve_cholesky(const std::vector<double>& upper, std::span<double> b) {
  const size_t n = b.size();
  const auto behind = [&](size_t row) {
    return std::span(upper.data() + row * n + row + 1, n - row - 1);
  };
  for (size_t i = 0; i < n; ++i) {
    b[i] /= upper[i * n + i];
    add_scaled(-b[i], behind(i), b.subspan(i + 1));
  }
  for (size_t i = n; i-- > 0;) {
    b[i] = (b[i] - dot(behind(i), b.subspan(i + 1))) / upper[i * n + i];
  }
}

}  // namespace nibble::offline
