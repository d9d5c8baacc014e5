// Folds factors into the tensors on both sides of an activation.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/network.h"

#include <algorithm>
#include <stdexcept>

#include "offline/weights/rescale.h"
#include "runtime/format/layout.h"

namespace nibble::offline {

void fold_scales(Network& network, const ScaleEdge& edge, const std::vector<float>& factors) {
  for (const uint16_t producer : edge.producers) {
    TensorPlan& plan = network.tensors[producer];
    const bool is_matrix = format::is_matrix(plan.scheme.type);
    if (factors.size() != (is_matrix ? plan.rows : plan.columns)) {
      throw std::invalid_argument("an edge takes one factor per row of its producers");
    }
    std::vector<float> inverses(factors.size());
    std::ranges::transform(factors, inverses.begin(), [](float factor) { return 1 / factor; });
    plan.source = is_matrix ? scale_rows(plan.source, std::move(inverses))
                            : scale_columns(plan.source, std::move(inverses));
  }
  std::vector<float> of_columns(edge.row_of_column.size());
  std::ranges::transform(edge.row_of_column, of_columns.begin(),
                         [&factors](uint32_t row) { return factors.at(row); });
  for (const uint16_t consumer : edge.consumers) {
    TensorPlan& plan = network.tensors[consumer];
    plan.source = scale_columns(plan.source, of_columns);
  }
}

}  // namespace nibble::offline
