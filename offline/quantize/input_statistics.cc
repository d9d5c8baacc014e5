// Sums in a fixed order, so that results depend neither on the compiler nor on the CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/input_statistics.h"

#include <nibble/cpu.h>

#include <numeric>

namespace nibble::offline {
namespace {

[[gnu::always_inline]] inline double dot_of(const double* a, const double* b, size_t count) {
  constexpr size_t kPartialSums = 32;
  double sums[kPartialSums] = {};
  size_t i = 0;
  for (; i + kPartialSums <= count; i += kPartialSums) {
    for (size_t lane = 0; lane < kPartialSums; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  }
  double rest = 0;
  for (; i < count; ++i) rest += a[i] * b[i];
  for (size_t half = kPartialSums / 2; half > 0; half /= 2) {
    for (size_t lane = 0; lane < half; ++lane) sums[lane] += sums[lane + half];
  }
  return sums[0] + rest;
}

[[gnu::always_inline]] inline void add_scaled_to(double factor, const double* x, double* y,
                                                 size_t count) {
  for (size_t i = 0; i < count; ++i) y[i] += factor * x[i];
}

/// The two loops for vectors of one size. This library is compiled without contraction of products
/// and sums, so all give the same bits.
struct Loops {
  double (*dot)(const double* a, const double* b, size_t count);
  void (*add_scaled)(double factor, const double* x, double* y, size_t count);
};

double dot_16(const double* a, const double* b, size_t count) {
  return dot_of(a, b, count);
}
void add_scaled_16(double factor, const double* x, double* y, size_t count) {
  add_scaled_to(factor, x, y, count);
}
#if defined(__x86_64__)
[[gnu::target("avx2")]] double dot_32(const double* a, const double* b, size_t count) {
  return dot_of(a, b, count);
}
[[gnu::target("avx2")]] void add_scaled_32(double factor, const double* x, double* y,
                                           size_t count) {
  add_scaled_to(factor, x, y, count);
}
[[gnu::target("avx512f")]] double dot_64(const double* a, const double* b, size_t count) {
  return dot_of(a, b, count);
}
[[gnu::target("avx512f")]] void add_scaled_64(double factor, const double* x, double* y,
                                              size_t count) {
  add_scaled_to(factor, x, y, count);
}
#endif

Loops best_loops() {
#if defined(__x86_64__)
  const uint64_t features = cpu_features();
  if ((features & kCpuAvx512Vnni) != 0) return {dot_64, add_scaled_64};
  if ((features & kCpuAvx2) != 0) return {dot_32, add_scaled_32};
#endif
  return {dot_16, add_scaled_16};
}

}  // namespace

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
  static const Loops loops = best_loops();
  return loops.dot(a.data(), b.data(), a.size());
}

void add_scaled(double factor, std::span<const double> x, std::span<double> y) {
  static const Loops loops = best_loops();
  loops.add_scaled(factor, x.data(), y.data(), x.size());
}

double output_error(std::span<const double> errors, std::span<const double> hessian,
                    uint32_t columns) {
  double sum = 0;
  for (uint32_t i = 0; i < columns; ++i) {  // each row of the Hessian is read once
    const auto hessian_row = hessian.subspan(size_t{i} * columns, columns);
    for (size_t first = 0; first < errors.size(); first += columns) {
      const auto row = errors.subspan(first, columns);
      sum += row[i] * dot(hessian_row, row);
    }
  }
  return sum;
}

}  // namespace nibble::offline
