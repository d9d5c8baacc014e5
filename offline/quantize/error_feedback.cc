// Factors the Hessian from the last column to the first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/error_feedback.h"

#include <algorithm>
#include <numeric>
#include <stdexcept>

#include "offline/quantize/cholesky.h"

namespace nibble::offline {
namespace {

std::vector<uint32_t> by_falling_diagonal(const std::vector<double>& squares) {
  std::vector<uint32_t> order(squares.size());
  std::iota(order.begin(), order.end(), 0u);
  std::ranges::sort(order, [&](uint32_t a, uint32_t b) {
    return squares[a] != squares[b] ? squares[a] > squares[b] : a < b;
  });
  return order;
}

/// The matrix with rows and columns in the opposite of `order`: its upper factor, read backwards
/// and transposed, is R.
std::vector<double> reversed(const std::vector<double>& matrix,
                             const std::vector<uint32_t>& order) {
  const size_t n = order.size();
  std::vector<double> result(n * n);
  for (size_t i = 0; i < n; ++i) {
    const double* const row = matrix.data() + size_t{order[n - 1 - i]} * n;
    for (size_t j = i; j < n; ++j) result[i * n + j] = row[order[n - 1 - j]];
  }
  return result;
}

std::vector<double> feedback_of(const std::vector<double>& upper, size_t n) {
  std::vector<double> feedback(n * n);
  for (size_t i = 1; i < n; ++i) {
    const double* const row = upper.data() + (n - 1 - i) * n;
    for (size_t j = 0; j < i; ++j) feedback[j * n + i] = row[n - 1 - j] / row[n - 1 - i];
  }
  return feedback;
}

}  // namespace

std::vector<double> damped_hessian(const InputStatistics& statistics, double damping) {
  const size_t n = statistics.squares.size();
  std::vector<double> damped = statistics.hessian;
  const double sum = std::accumulate(statistics.squares.begin(), statistics.squares.end(), 0.0);
  const double added = sum > 0 ? damping * sum / static_cast<double>(n) : 1;
  for (size_t i = 0; i < n; ++i) damped[i * n + i] += added;
  return damped;
}

ErrorFeedback factor_feedback(const InputStatistics& statistics) {
  ErrorFeedback result{by_falling_diagonal(statistics.squares), {}, kDamping};
  const size_t n = result.order.size();
  for (; result.damping <= 1; result.damping *= 10) {
    std::vector<double> matrix = reversed(damped_hessian(statistics, result.damping), result.order);
    if (!factor_cholesky(matrix, n)) continue;
    result.feedback = feedback_of(matrix, n);
    return result;
  }
  throw std::domain_error("the sums over a matrix's inputs are not those of finite numbers");
}

void round_with_feedback(QuantizedRow& row, const ErrorFeedback& feedback, uint32_t group) {
  const size_t columns = feedback.order.size();
  std::vector<double> corrections(columns);
  for (size_t i = 0; i < columns; ++i) {
    const uint32_t column = feedback.order[i];
    const double target = double{row.weights[column]} + corrections[i];
    row.codes[column] = row.grids[column / group].code(static_cast<float>(target));
    const std::span factors(feedback.feedback.data() + i * columns, columns);
    add_scaled(row.error(column, group), factors.subspan(i + 1),
               std::span(corrections).subspan(i + 1));
  }
}

}  // namespace nibble::offline
