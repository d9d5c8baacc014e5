// GPTQ: each weight is rounded with the errors of those before it made good, where inputs are
// correlated; then codes and scales descend to a nearby minimum.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <sstream>
#include <utility>

#include "offline/quantize/error_feedback.h"
#include "offline/quantize/grid_search.h"
#include "offline/quantize/quantizer.h"
#include "offline/quantize/row_descent.h"

namespace nibble::offline {
namespace {

class GptqMatrix final : public MatrixQuantizer {
 public:
  GptqMatrix(const Scheme& scheme, uint32_t columns, const InputStatistics& statistics)
      : scheme_(scheme),
        columns_(columns),
        statistics_(statistics),
        importance_(column_importance(&statistics, columns)),
        hessian_(damped_hessian(statistics, kDamping)),
        feedback_(factor_feedback(statistics)) {}

  QuantizedMatrix quantize(std::span<const float> rows, uint32_t first_row) const override {
    QuantizedMatrix matrix(scheme_, static_cast<uint32_t>(rows.size() / columns_), columns_);
    for (uint32_t i = 0; i < matrix.rows; ++i) {
      const auto weights = rows.subspan(size_t{i} * columns_, columns_);
      const QuantizedRow row = quantize_row(weights, first_row + i);
      std::ranges::copy(row.codes, matrix.codes.begin() + static_cast<ptrdiff_t>(i) * columns_);
      for (uint32_t g = 0; g < row.grids.size(); ++g) matrix.set_grid(i, g, row.grids[g]);
    }
    return matrix;
  }

  std::string remark() const override {
    if (feedback_.damping <= kDamping) return {};
    std::ostringstream text;
    text << "damping " << feedback_.damping;
    return text.str();
  }

 private:
  /// Guarded: a row that is better off rounded to nearest is.
  QuantizedRow quantize_row(std::span<const float> weights, uint32_t matrix_row) const {
    QuantizedRow nearest = start(weights, matrix_row, /*is_searched=*/false);
    QuantizedRow row = start(weights, matrix_row, /*is_searched=*/true);
    round_with_feedback(row, feedback_, scheme_.group);
    descend(row, hessian_, scheme_.group);
    return cost(row) <= cost(nearest) ? row : nearest;
  }

  double cost(const QuantizedRow& row) const {
    return output_error(errors_of(row, scheme_.group), statistics_.hessian, columns_);
  }

  /// Static groups: all grids are chosen before any weight moves.
  QuantizedRow start(std::span<const float> weights, uint32_t matrix_row, bool is_searched) const {
    QuantizedRow row{weights, {}, std::vector<int8_t>(columns_)};
    for (uint32_t begin = 0; begin < columns_; begin += scheme_.group) {
      const auto members = weights.subspan(begin, std::min(scheme_.group, columns_ - begin));
      const auto importance = std::span(importance_).subspan(begin);
      const Grid grid = is_searched ? search_grid(scheme_.type, members, importance, matrix_row)
                                    : fit_grid(scheme_.type, members, matrix_row);
      for (uint32_t i = 0; i < members.size(); ++i) row.codes[begin + i] = grid.code(members[i]);
      row.grids.push_back(grid);
    }
    return row;
  }

  Scheme scheme_;
  uint32_t columns_;
  const InputStatistics& statistics_;
  std::vector<float> importance_;
  std::vector<double> hessian_;
  ErrorFeedback feedback_;
};

class Gptq final : public Quantizer {
 public:
  std::string name() const override { return "GPTQ"; }
  std::unique_ptr<MatrixQuantizer> prepare(const Scheme& scheme, uint32_t columns,
                                           const InputStatistics* statistics) const override {
    const bool has_hessian = statistics != nullptr && !statistics->hessian.empty();
    if (scheme.type == format::TensorType::F16 || !has_hessian) {
      return make_quantizer("search")->prepare(scheme, columns, statistics);
    }
    return std::make_unique<GptqMatrix>(scheme, columns, *statistics);
  }
};

}  // namespace

std::unique_ptr<Quantizer> make_gptq() {
  return std::make_unique<Gptq>();
}

}  // namespace nibble::offline
