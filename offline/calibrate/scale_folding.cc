// Tries exponents on a part of the rows, with inputs divided by the factors.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/scale_folding.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "offline/calibrate/matrix_quantization.h"

namespace nibble::offline {
namespace {

constexpr int kExponentBits = 4, kExponents = 1 << kExponentBits;
constexpr double kSmallestFactor = 1e-4;

/// The root mean square of what each row of the producers makes.
std::vector<double> magnitudes(const ScaleEdge& edge, const InputStatistics& statistics) {
  const uint32_t rows = *std::ranges::max_element(edge.row_of_column) + 1;
  std::vector<double> squares(rows);
  std::vector<uint32_t> counts(rows);
  for (size_t column = 0; column < edge.row_of_column.size(); ++column) {
    squares[edge.row_of_column[column]] += statistics.squares[column];
    ++counts[edge.row_of_column[column]];
  }
  for (uint32_t row = 0; row < rows; ++row) {
    const double inputs = std::max<double>(1, counts[row]) * static_cast<double>(statistics.rows);
    squares[row] = std::sqrt(squares[row] / inputs);
  }
  return squares;
}

/// x^(k / kExponents) by square roots, which every machine rounds alike, unlike powers.
double power(double x, int k) {
  double result = 1;
  for (int bit = kExponentBits - 1; bit >= 0; --bit) {
    x = std::sqrt(x);
    if ((k >> bit & 1) != 0) result *= x;
  }
  return result;
}

std::vector<float> factors_of(const std::vector<double>& magnitudes, int exponent) {
  std::vector<double> factors;
  for (const double m : magnitudes) {
    factors.push_back(std::max(power(m, exponent), kSmallestFactor));
  }
  const auto [least, most] = std::ranges::minmax_element(factors);
  const double middle = std::sqrt(*least * *most);
  std::vector<float> result;
  for (const double factor : factors) result.push_back(static_cast<float>(factor / middle));
  return result;
}

FloatMatrix some_rows(const WeightSource& source) {
  const uint32_t step = (source.rows() + kRowsTried - 1) / kRowsTried;
  FloatMatrix matrix{0, source.columns(), {}};
  for (uint32_t row = 0; row < source.rows(); row += step, ++matrix.rows) {
    matrix.values.resize(matrix.values.size() + matrix.columns);
    source.read_rows(row, std::span(matrix.values).last(matrix.columns));
  }
  return matrix;
}

/// Inputs and columns that have been moved between.
struct Moved {
  FloatMatrix weights;
  InputStatistics statistics;
};

Moved moved(const FloatMatrix& weights, const InputStatistics& statistics,
            const std::vector<float>& factor_of_column) {
  Moved result{weights, statistics};
  const size_t n = weights.columns;
  for (size_t i = 0; i < result.weights.values.size(); ++i) {
    result.weights.values[i] *= factor_of_column[i % n];
  }
  for (size_t i = 0; i < n; ++i) {
    const double factor = factor_of_column[i];
    result.statistics.squares[i] /= factor * factor;
    for (size_t j = 0; j < n; ++j) {
      result.statistics.hessian[i * n + j] /= factor * double{factor_of_column[j]};
    }
  }
  return result;
}

}  // namespace

std::vector<float> choose_factors(const Network& network, const ScaleEdge& edge,
                                  const InputStatistics& statistics, unsigned threads) {
  const std::unique_ptr<Quantizer> search = make_quantizer("search");
  std::vector<std::pair<const TensorPlan*, FloatMatrix>> consumers;
  for (const uint16_t consumer : edge.consumers) {
    const TensorPlan& plan = network.tensors[consumer];
    consumers.emplace_back(&plan, some_rows(*plan.source));
  }
  const std::vector<double> of_rows = magnitudes(edge, statistics);
  std::vector<float> best;
  double least = INFINITY;
  for (int k = 0; k < kExponents; ++k) {
    std::vector<float> factors = factors_of(of_rows, k);
    std::vector<float> of_columns;
    for (const uint32_t row : edge.row_of_column) of_columns.push_back(factors[row]);
    double error = 0;
    for (const auto& [plan, weights] : consumers) {
      const Moved tried = moved(weights, statistics, of_columns);
      const MatrixResult result =
          quantize_matrix(*search, *plan, tried.weights, &tried.statistics, threads);
      error += matrix_error(tried.weights, result.matrix, tried.statistics, threads);
    }
    if (error < least) least = error, best = std::move(factors);
  }
  return best;
}

}  // namespace nibble::offline
