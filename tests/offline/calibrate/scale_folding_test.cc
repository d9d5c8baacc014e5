// AWQ's factors: larger for columns with larger inputs, and none where there is nothing to gain.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/scale_folding.h"

#include <gtest/gtest.h>

#include "tests/offline/calibrate/tiny_source.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::InputStatistics;
using offline::Network;
using offline::ScaleEdge;

/// Independent inputs of these mean squares.
InputStatistics independent(const std::vector<double>& squares) {
  InputStatistics statistics{1, squares, std::vector<double>(squares.size() * squares.size())};
  for (size_t i = 0; i < squares.size(); ++i) {
    statistics.hessian[i * squares.size() + i] = squares[i];
  }
  return statistics;
}

TEST(ScaleFolding, FavorsColumnsWithLargeInputs) {
  const TinySource source;
  const Network network = source.compile({TensorType::Int4, 32});
  const ScaleEdge& edge = network.scale_edges.front();
  std::vector<double> squares(edge.row_of_column.size(), 1);
  squares[7] = 900;
  const std::vector<float> factors =
      offline::choose_factors(network, edge, independent(squares), 2);
  ASSERT_EQ(factors.size(), squares.size());
  EXPECT_GT(factors[7], 1.2f * factors[8]);
  for (const float factor : factors) EXPECT_GT(factor, 0);
}

TEST(ScaleFolding, LeavesEqualColumnsEqual) {
  const TinySource source;
  const Network network = source.compile({TensorType::Int4, 32});
  for (const ScaleEdge& edge : network.scale_edges) {
    const std::vector<double> squares(edge.row_of_column.size(), 3);
    for (const float factor : offline::choose_factors(network, edge, independent(squares), 1)) {
      ASSERT_EQ(factor, 1);
    }
  }
}

}  // namespace
}  // namespace nibble::test
