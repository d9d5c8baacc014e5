// Weighted scale search: the nearest codes of the grids that lose least where inputs are large.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <vector>

#include "offline/quantize/grid_search.h"
#include "offline/quantize/nearest_codes.h"

namespace nibble::offline {
namespace {

class ScaleSearch final : public Quantizer {
 public:
  std::string name() const override { return "weighted scale search"; }
  std::unique_ptr<MatrixQuantizer> prepare(const Scheme& scheme, uint32_t columns,
                                           const InputStatistics* statistics) const override {
    return nearest_codes(scheme, columns,
                         [type = scheme.type, importance = column_importance(statistics, columns)](
                             std::span<const float> group, uint32_t first_column, uint32_t row) {
                           return search_grid(type, group,
                                              std::span(importance).subspan(first_column), row);
                         });
  }
};

}  // namespace

std::unique_ptr<Quantizer> make_scale_search() {
  return std::make_unique<ScaleSearch>();
}

}  // namespace nibble::offline
