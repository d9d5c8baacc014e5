// Clip search: each group's range is cut off where the group's own output loses least.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cmath>
#include <vector>

#include "offline/files/half.h"
#include "offline/quantize/error_feedback.h"
#include "offline/quantize/grid_search.h"
#include "offline/quantize/nearest_codes.h"

namespace nibble::offline {
namespace {

/// Ranges are tried down to half of the whole one, as AWQ does (arXiv 2306.00978; llm-awq's
/// auto_clip.py): 1 − k / kClipSteps / 2.
constexpr int kClipSteps = 20;

/// The groups of one matrix, whose inputs' products are known.
class ClipSearch {
 public:
  ClipSearch(format::TensorType type, const InputStatistics& statistics)
      : type_(type),
        columns_(statistics.squares.size()),
        hessian_(damped_hessian(statistics, kDamping)) {}

  Grid choose(std::span<const float> group, uint32_t first_column, uint32_t row) const {
    const Grid whole = fit_grid(type_, group, row);
    Grid best = whole;
    double least = error(whole, group, first_column);
    for (int k = 1; k < kClipSteps; ++k) {
      const float share = 1 - static_cast<float>(k) / (2 * kClipSteps);
      const auto clipped = with_scale(whole, half_from_float(whole.scale * share));
      if (!clipped) break;
      const double found = error(*clipped, group, first_column);
      if (found < least) least = found, best = *clipped;
    }
    return best;
  }

 private:
  /// Σ (e·x)² over the inputs, e the errors of this group alone.
  double error(const Grid& grid, std::span<const float> group, uint32_t first) const {
    std::vector<double> errors(group.size());
    for (size_t i = 0; i < group.size(); ++i) {
      errors[i] = double{group[i]} - double{grid.value(grid.code(group[i]))};
    }
    double sum = 0;
    for (size_t i = 0; i < group.size(); ++i) {
      const auto hessian_row =
          std::span(hessian_).subspan((first + i) * columns_ + first, group.size());
      sum += errors[i] * dot(hessian_row, errors);
    }
    return sum;
  }

  format::TensorType type_;
  size_t columns_;
  std::vector<double> hessian_;
};

class Clip final : public Quantizer {
 public:
  std::string name() const override { return "clip search"; }
  std::unique_ptr<MatrixQuantizer> prepare(const Scheme& scheme, uint32_t columns,
                                           const InputStatistics* statistics) const override {
    const bool has_hessian = statistics != nullptr && !statistics->hessian.empty();
    if (scheme.type == format::TensorType::F16 || !has_hessian) {
      return make_quantizer("search")->prepare(scheme, columns, statistics);
    }
    const auto search = std::make_shared<ClipSearch>(scheme.type, *statistics);
    return nearest_codes(scheme, columns, [search](auto group, uint32_t first, uint32_t row) {
      return search->choose(group, first, row);
    });
  }
};

}  // namespace

std::unique_ptr<Quantizer> make_clip_search() {
  return std::make_unique<Clip>();
}

}  // namespace nibble::offline
