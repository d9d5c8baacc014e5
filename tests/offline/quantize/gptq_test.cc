// GPTQ against a naive implementation of the paper, and what it promises of its errors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "offline/files/half.h"
#include "offline/quantize/error_feedback.h"
#include "offline/quantize/quantizer.h"
#include "offline/quantize/row_descent.h"

namespace nibble::offline {
namespace {

using format::TensorType;
using Matrix = std::vector<std::vector<double>>;

constexpr uint32_t kColumns = 64, kRows = 12, kGroup = 32, kInputs = 400;

std::vector<double> normal_numbers(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal;
  std::vector<double> numbers(count);
  for (double& x : numbers) x = normal(random);
  return numbers;
}

std::vector<float> weights() {
  const std::vector<double> numbers = normal_numbers(size_t{kRows} * kColumns, 1);
  return {numbers.begin(), numbers.end()};
}

/// Inputs that are correlated, of different sizes.
InputStatistics statistics() {
  const std::vector<double> numbers = normal_numbers(size_t{kInputs} * kColumns, 2);
  InputStatistics statistics{kInputs, std::vector<double>(kColumns),
                             std::vector<double>(kColumns * kColumns)};
  for (uint32_t row = 0; row < kInputs; ++row) {
    std::vector<double> x(kColumns);
    double carried = 0;
    for (uint32_t i = 0; i < kColumns; ++i) {
      carried = 0.7 * carried + numbers[size_t{row} * kColumns + i];
      x[i] = carried * (1 + i % 5);
    }
    for (uint32_t i = 0; i < kColumns; ++i) {
      for (uint32_t j = 0; j < kColumns; ++j) statistics.hessian[i * kColumns + j] += x[i] * x[j];
    }
  }
  for (uint32_t i = 0; i < kColumns; ++i) {
    statistics.squares[i] = statistics.hessian[i * kColumns + i];
  }
  return statistics;
}

Matrix inverse(Matrix a) {
  const size_t n = a.size();
  Matrix result(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) result[i][i] = 1;
  for (size_t pivot = 0; pivot < n; ++pivot) {
    const double divisor = a[pivot][pivot];
    for (size_t j = 0; j < n; ++j) a[pivot][j] /= divisor, result[pivot][j] /= divisor;
    for (size_t i = 0; i < n; ++i) {
      const double factor = a[i][pivot];
      if (i == pivot || factor == 0) continue;
      for (size_t j = 0; j < n; ++j) {
        a[i][j] -= factor * a[pivot][j];
        result[i][j] -= factor * result[pivot][j];
      }
    }
  }
  return result;
}

/// U upper triangular with Uᵀ·U = a: the factor of the paper's algorithm 1.
Matrix upper_cholesky(const Matrix& a) {
  const size_t n = a.size();
  Matrix u(n, std::vector<double>(n));
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = i; j < n; ++j) {
      double sum = a[i][j];
      for (size_t k = 0; k < i; ++k) sum -= u[k][i] * u[k][j];
      u[i][j] = i == j ? std::sqrt(sum) : sum / u[i][i];
    }
  }
  return u;
}

/// Algorithm 1 of arXiv 2210.17323 with activation order and static groups, on one row.
std::vector<double> naive_gptq(std::vector<double> row, const std::vector<Grid>& grids,
                               const Matrix& u, const std::vector<uint32_t>& order) {
  std::vector<double> permuted(row.size()), values(row.size());
  for (size_t i = 0; i < row.size(); ++i) permuted[i] = row[order[i]];
  for (size_t i = 0; i < row.size(); ++i) {
    const Grid& grid = grids[order[i] / kGroup];
    values[order[i]] = grid.value(grid.code(static_cast<float>(permuted[i])));
    const double error = (permuted[i] - values[order[i]]) / u[i][i];
    for (size_t j = i; j < row.size(); ++j) permuted[j] -= error * u[i][j];
  }
  return values;
}

double naive_loss(const std::vector<double>& errors, const std::vector<double>& hessian) {
  double loss = 0;
  for (size_t i = 0; i < errors.size(); ++i) {
    for (size_t j = 0; j < errors.size(); ++j) {
      loss += errors[i] * hessian[i * errors.size() + j] * errors[j];
    }
  }
  return loss;
}

std::vector<Grid> nearest_grids(std::span<const float> row) {
  std::vector<Grid> grids;
  for (uint32_t begin = 0; begin < kColumns; begin += kGroup) {
    grids.push_back(fit_grid(TensorType::Int4, row.subspan(begin, kGroup), 0));
  }
  return grids;
}

TEST(ErrorFeedback, GivesTheProxyLossOfANaiveGptq) {
  const InputStatistics inputs = statistics();
  const ErrorFeedback feedback = factor_feedback(inputs);
  const double mean = std::accumulate(inputs.squares.begin(), inputs.squares.end(), 0.0) / kColumns;
  Matrix permuted(kColumns, std::vector<double>(kColumns));
  for (uint32_t i = 0; i < kColumns; ++i) {
    for (uint32_t j = 0; j < kColumns; ++j) {
      permuted[i][j] = inputs.hessian[feedback.order[i] * kColumns + feedback.order[j]];
    }
    permuted[i][i] += 0.01 * mean;
  }
  const Matrix u = upper_cholesky(inverse(permuted));
  const std::vector<float> all = weights();
  double naive = 0, ours = 0;
  for (uint32_t r = 0; r < kRows; ++r) {
    const auto weights = std::span(all).subspan(r * kColumns, kColumns);
    QuantizedRow row{weights, nearest_grids(weights), std::vector<int8_t>(kColumns)};
    const std::vector<double> values =
        naive_gptq({weights.begin(), weights.end()}, row.grids, u, feedback.order);
    std::vector<double> errors(kColumns);
    for (uint32_t i = 0; i < kColumns; ++i) errors[i] = double{weights[i]} - values[i];
    naive += naive_loss(errors, inputs.hessian);
    round_with_feedback(row, feedback, kGroup);
    ours += naive_loss(errors_of(row, kGroup), inputs.hessian);
  }
  EXPECT_NEAR(ours, naive, 1e-4 * naive);
}

double loss_of(const QuantizedMatrix& matrix, const InputStatistics& inputs) {
  const std::vector<float> all = weights();
  double loss = 0;
  for (uint32_t row = 0; row < kRows; ++row) {
    std::vector<double> errors(kColumns);
    for (uint32_t i = 0; i < kColumns; ++i) {
      const size_t element = size_t{row} * kColumns + i;
      const uint32_t group = i / matrix.scheme.group;
      const uint32_t groups = (kColumns + matrix.scheme.group - 1) / matrix.scheme.group;
      const float scale = float_from_half(matrix.scales[row * groups + group]);
      int zero = matrix.scheme.type == TensorType::Int4 ? 8 : 0;
      if (!matrix.zeros.empty()) zero = matrix.zeros[row * groups + group];
      errors[i] = double{all[element]} - double{scale} * (matrix.codes[element] - zero);
    }
    loss += naive_loss(errors, inputs.hessian);
  }
  return loss;
}

double loss_of(const std::string& method, const Scheme& scheme, const InputStatistics& inputs) {
  return loss_of(make_quantizer(method)->prepare(scheme, kColumns, &inputs)->quantize(weights(), 0),
                 inputs);
}

TEST(Gptq, LosesLessThanTheSearchAndTheSearchLessThanRoundingToNearest) {
  const InputStatistics inputs = statistics();
  for (const Scheme& scheme : {Scheme{TensorType::Int8, 64}, Scheme{TensorType::Int4, 32},
                               Scheme{TensorType::Int4Zero, 32}}) {
    const double nearest = loss_of("rtn", scheme, inputs);
    const double searched = loss_of("search", scheme, inputs);
    const double gptq = loss_of("gptq", scheme, inputs);
    EXPECT_LT(searched, nearest);
    EXPECT_LT(gptq, 0.7 * searched);
  }
}

TEST(Gptq, NeverLosesMoreThanRoundingToNearest) {
  // Fewer inputs than columns: the Hessian is singular, and of no use for most directions.
  InputStatistics inputs = statistics();
  std::ranges::fill(inputs.hessian, 0.0);
  std::ranges::fill(inputs.squares, 0.0);
  for (const uint32_t column : {3u, 4u, 40u}) {
    for (const uint32_t other : {3u, 4u, 40u}) inputs.hessian[column * kColumns + other] = 2;
    inputs.squares[column] = 2;
  }
  EXPECT_LE(loss_of("gptq", {TensorType::Int4, 32}, inputs),
            loss_of("rtn", {TensorType::Int4, 32}, inputs));
}

TEST(Gptq, TakesInputsThatAreAllZero) {
  const InputStatistics dead{kInputs, std::vector<double>(kColumns),
                             std::vector<double>(kColumns * kColumns)};
  const std::vector<float> rows = weights();
  const QuantizedMatrix matrix =
      make_quantizer("gptq")->prepare({TensorType::Int8, 32}, kColumns, &dead)->quantize(rows, 0);
  for (size_t i = 0; i < rows.size(); ++i) {
    const float scale = float_from_half(matrix.scales[i / 32]);
    ASSERT_NEAR(rows[i], scale * static_cast<float>(matrix.codes[i]), std::fabs(scale) * 0.51f);
  }
}

TEST(ErrorFeedback, DampsMoreWhereTheSumsAreNotPositiveDefinite) {
  InputStatistics inputs{4, {1, 1}, {1, 1.05, 1.05, 1}};  // no sums of products can be so
  EXPECT_NEAR(factor_feedback(inputs).damping, 0.1, 1e-12);
  inputs.hessian[1] = inputs.hessian[2] = std::nan("");
  EXPECT_THROW(factor_feedback(inputs), std::domain_error);
}

TEST(RowDescent, NeverRaisesTheErrorAndLowersItFromNearestCodes) {
  const InputStatistics inputs = statistics();
  const std::vector<float> all = weights();
  for (uint32_t r = 0; r < kRows; ++r) {
    const auto weights = std::span(all).subspan(r * kColumns, kColumns);
    QuantizedRow row{weights, nearest_grids(weights), {}};
    for (uint32_t i = 0; i < kColumns; ++i) {
      row.codes.push_back(row.grids[i / kGroup].code(weights[i]));
    }
    const double before = naive_loss(errors_of(row, kGroup), inputs.hessian);
    descend(row, inputs.hessian, kGroup);
    EXPECT_LT(naive_loss(errors_of(row, kGroup), inputs.hessian), 0.9 * before) << r;
  }
}

}  // namespace
}  // namespace nibble::offline
