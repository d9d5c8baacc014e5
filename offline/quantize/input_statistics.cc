// Sums in a fixed order, so that results depend neither on the compiler nor on the CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/input_statistics.h"

#include <numeric>

namespace nibble::offline {

std::vector<float> column_importance(const InputStatistics* statistics, uint32_t columns) {
  std::vector<float> importance(columns, 1.0f);
  if (statistics == nullptr) return importance;
  const std::vector<double>& squares = statistics->squares;
  const double mean = std::accumulate(squares.begin(), squares.end(), 0.0) / columns;
  if (!(mean > 0)) return importance;
  for (uint32_t i = 0; i < columns; ++i) {
    importance[i] = static_cast<float>((squares[i] / mean + kDamping) / (1 + kDamping));
  }
  return importance;
}

double dot(std::span<const double> a, std::span<const double> b) {
  constexpr size_t kLanes = 8;
  double sums[kLanes] = {};
  size_t i = 0;
  for (; i + kLanes <= a.size(); i += kLanes) {
    for (size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  for (size_t lane = 0; i < a.size(); ++i, ++lane) sums[lane] += a[i] * b[i];
  for (size_t half = kLanes / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0];
}

void add_scaled(double factor, std::span<const double> x, std::span<double> y) {
  for (size_t i = 0; i < x.size(); ++i) y[i] += factor * x[i];
}

double output_error(std::span<const double> errors, std::span<const double> hessian,
                    uint32_t columns) {
  double sum = 0;
  for (; !errors.empty(); errors = errors.subspan(columns)) {
    const auto row = errors.first(columns);
    for (uint32_t i = 0; i < columns; ++i) {
      sum += row[i] * dot(hessian.subspan(size_t{i} * columns, columns), row);
    }
  }
  return sum;
}

}  // namespace nibble::offline
