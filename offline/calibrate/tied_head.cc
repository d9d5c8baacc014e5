// Gives every row a Hessian of its own, made of the predictions in which the row takes part.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/tied_head.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace nibble::offline {
namespace {

/// How many predictions of average inputs each row is taken to have had beside its own: the sums of
/// a seldom row say little.
constexpr double kPriorWeight = 4;

class RowStatistics {
 public:
  explicit RowStatistics(const TiedHeadSums& sums) : sums_(sums), first_(sums.rest.size() + 1) {
    for (const LogitWeight& weight : sums.weights) ++first_[weight.row + 1];
    std::partial_sum(first_.begin(), first_.end(), first_.begin());
  }

  /// What the row's own predictions weigh.
  double own_weight(uint32_t row) const {
    double sum = 0;
    for (const LogitWeight& weight : own(row)) sum += double{weight.weight};
    return sum;
  }

  InputStatistics of_row(uint32_t row) const {
    InputStatistics result = own_sums(row);
    add_common(sums_.rest[row] + kPriorWeight, sums_.counts[row] + kPriorWeight, result);
    return result;
  }
  /// Of rows about which nothing else is known.
  InputStatistics of_seldom_row() const {
    const size_t n = sums_.inputs.columns;
    InputStatistics result{sums_.inputs.rows(), std::vector<double>(n), std::vector<double>(n * n)};
    add_common(kPriorWeight, kPriorWeight, result);
    return result;
  }

 private:
  std::span<const LogitWeight> own(uint32_t row) const {
    return std::span(sums_.weights).subspan(first_[row], first_[row + 1] - first_[row]);
  }

  void add_common(double predictions, double lookups, InputStatistics& result) const {
    const size_t n = sums_.inputs.columns;
    const double factor = predictions / static_cast<double>(sums_.inputs.rows());
    add_scaled(factor, sums_.statistics.hessian, result.hessian);
    for (size_t i = 0; i < n; ++i) {
      result.hessian[i * n + i] += lookups * sums_.sensitivity;
      result.squares[i] = result.hessian[i * n + i];
    }
  }

  InputStatistics own_sums(uint32_t row) const {
    const std::span<const LogitWeight> weights = own(row);
    const ActivationRows& inputs = sums_.inputs;
    ActivationRows weighted(inputs.columns, weights.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      const float factor = std::sqrt(weights[i].weight);
      const float* const x = inputs.values.data() + size_t{weights[i].sample} * inputs.stride;
      float* const out = weighted.values.data() + i * inputs.stride;
      for (uint32_t column = 0; column < inputs.columns; ++column) out[column] = factor * x[column];
    }
    ProductSums sums(inputs.columns, inputs.columns);
    sums.add_square(weighted, 1);
    return sums.statistics();
  }

  const TiedHeadSums& sums_;
  std::vector<size_t> first_;  ///< [rows + 1], into TiedHeadSums::weights
};

/// Whether each row is among the kMostOwnRows of most weight.
std::vector<bool> rows_of_their_own(const RowStatistics& statistics, uint32_t rows) {
  std::vector<std::pair<double, uint32_t>> by_weight;
  for (uint32_t row = 0; row < rows; ++row)
    by_weight.emplace_back(-statistics.own_weight(row), row);
  std::ranges::sort(by_weight);
  std::vector<bool> is_own(rows);
  for (size_t i = 0; i < std::min<size_t>(rows, kMostOwnRows); ++i)
    is_own[by_weight[i].second] = true;
  return is_own;
}

}  // namespace

MatrixResult quantize_tied_head(const Quantizer& quantizer, const TensorPlan& plan,
                                const FloatMatrix& weights, const TiedHeadSums& sums,
                                unsigned threads) {
  const RowStatistics statistics(sums);
  const std::vector<bool> is_own = rows_of_their_own(statistics, weights.rows);
  const InputStatistics common = statistics.of_seldom_row();
  const std::unique_ptr<MatrixQuantizer> for_others =
      quantizer.prepare(plan.scheme, weights.columns, &common);
  return {quantize_slices(
              plan, weights, 1, threads,
              [&](std::span<const float> values, uint32_t row) {
                if (!is_own[row]) return for_others->quantize(values, row);
                const InputStatistics own = statistics.of_row(row);
                return quantizer.prepare(plan.scheme, weights.columns, &own)->quantize(values, row);
              }),
          {}};
}

}  // namespace nibble::offline
