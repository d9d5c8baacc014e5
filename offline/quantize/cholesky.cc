// Row by row, so that every sum is over neighbors in memory.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/cholesky.h"

#include <cmath>

#include "offline/quantize/input_statistics.h"

namespace nibble::offline {

bool factor_cholesky(std::vector<double>& matrix, size_t n) {
  for (size_t i = 0; i < n; ++i) {
    const std::span row(matrix.data() + i * n, n);
    for (size_t j = 0; j < i; ++j) {
      const std::span earlier(matrix.data() + j * n, n);
      row[j] = (row[j] - dot(row.first(j), earlier.first(j))) / earlier[j];
    }
    const double square = row[i] - dot(row.first(i), row.first(i));
    if (!(square > 0) || !std::isfinite(square)) return false;
    row[i] = std::sqrt(square);
  }
  return true;
}

void solve_cholesky(const std::vector<double>& lower, std::span<double> b) {
  const size_t n = b.size();
  for (size_t i = 0; i < n; ++i) {
    const std::span row(lower.data() + i * n, n);
    b[i] = (b[i] - dot(row.first(i), b.first(i))) / row[i];
  }
  for (size_t i = n; i-- > 0;) {
    const std::span row(lower.data() + i * n, n);
    b[i] /= row[i];
    add_scaled(-b[i], row.first(i), b.first(i));
  }
}

}  // namespace nibble::offline
