// The scale search: never worse than the range's own scale, and as good as trying every half.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/grid_search.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "offline/files/half.h"

namespace nibble::offline {
namespace {

using format::TensorType;

std::vector<float> normal_weights(size_t count, uint32_t seed, double outlier = 1) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 0.1);
  std::vector<float> weights(count);
  for (float& x : weights) x = static_cast<float>(normal(random));
  weights[count / 2] *= static_cast<float>(outlier);
  return weights;
}

double error_of(const Grid& grid, const std::vector<float>& weights,
                const std::vector<float>& importance) {
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double error = double{weights[i]} - double{grid.value(grid.code(weights[i]))};
    sum += double{importance[i]} * error * error;
  }
  return sum;
}

/// The least error of all grids of this type whose scale is a half.
double least_error(Grid grid, TensorType type, const std::vector<float>& weights,
                   const std::vector<float>& importance) {
  double least = error_of(grid, weights, importance);
  const int last_zero = type == TensorType::Int4Zero ? 15 : grid.zero;
  for (int zero = type == TensorType::Int4Zero ? 0 : grid.zero; zero <= last_zero; ++zero) {
    for (uint32_t half = 1; half < 0x7C00; ++half) {
      for (const uint32_t sign : {0u, 0x8000u}) {
        grid.zero = zero;
        grid.stored_scale = static_cast<uint16_t>(half | sign);
        grid.scale = float_from_half(grid.stored_scale);
        if (std::fabs(grid.scale) > 1) continue;
        least = std::min(least, error_of(grid, weights, importance));
      }
    }
  }
  return least;
}

TEST(GridSearch, ComesCloseToTryingEveryScale) {
  for (const TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    double found = 0, least = 0, nearest = 0;
    for (uint32_t seed = 1; seed <= 4; ++seed) {
      const std::vector<float> weights = normal_weights(32, seed, seed);
      std::vector<float> importance(weights.size());
      for (size_t i = 0; i < importance.size(); ++i) {
        importance[i] = 0.1f + static_cast<float>(i * 7 % 11);
      }
      const Grid start = fit_grid(type, weights, 0);
      const Grid grid = search_grid(type, weights, importance, 0);
      ASSERT_LE(error_of(grid, weights, importance), error_of(start, weights, importance));
      found += error_of(grid, weights, importance);
      nearest += error_of(start, weights, importance);
      least += least_error(start, type, weights, importance);
    }
    EXPECT_LT(found, 1.1 * least);
    EXPECT_LT(found, 0.95 * nearest);
  }
}

TEST(GridSearch, FindsTheGridThatWeightsLieOn) {
  const std::vector<float> importance(40, 1);
  Grid grid{.stored_scale = half_from_float(-0.0123f), .zero = 8, .most_code = 15};
  grid.scale = float_from_half(grid.stored_scale);
  std::vector<float> weights;
  for (int i = 0; i < 40; ++i) weights.push_back(grid.value(static_cast<int8_t>(i * 5 % 16)));
  const Grid found = search_grid(TensorType::Int4, weights, importance, 0);
  EXPECT_EQ(error_of(found, weights, importance), 0);
}

TEST(GridSearch, LooksWhereTheImportanceIs) {
  const std::vector<float> weights = normal_weights(32, 5, 20);
  std::vector<float> importance(32, 1);
  const Grid fair = search_grid(TensorType::Int4, weights, importance, 0);
  importance[16] = 1e-6f;  // of the outlier
  const Grid grid = search_grid(TensorType::Int4, weights, importance, 0);
  EXPECT_LT(std::fabs(grid.scale), 0.8f * std::fabs(fair.scale));
}

TEST(GridSearch, TakesZerosAndRefusesWhatHalfCannotScale) {
  const std::vector<float> importance(32, 1);
  for (const TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    EXPECT_EQ(search_grid(type, std::vector<float>(32, 0), importance, 0).stored_scale, 0);
    EXPECT_THROW(search_grid(type, std::vector<float>(32, 3e38f), importance, 7),
                 std::overflow_error);
    EXPECT_NO_THROW(search_grid(type, std::vector<float>(32, 1e-30f), importance, 0));
  }
}

}  // namespace
}  // namespace nibble::offline
