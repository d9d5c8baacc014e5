// Mismatch correction: matrices that make good what is wrong with their inputs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/target_refit.h"

#include <gtest/gtest.h>

#include <random>

#include "offline/calibrate/product_sums.h"

namespace nibble::offline {
namespace {

constexpr uint32_t kOutputRows = 5, kOutputColumns = 24, kInputs = 200;

std::vector<float> random_values(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& x : values) x = (static_cast<float>(random() % 2001) - 1000) / 500;
  return values;
}

ActivationRows dense_rows(const std::vector<float>& values, uint32_t columns) {
  ActivationRows rows(columns, values.size() / columns);
  rows.store(0, values);
  return rows;
}

std::vector<float> multiply(const FloatMatrix& matrix, const std::vector<float>& inputs) {
  std::vector<float> outputs;
  for (size_t row = 0; row < inputs.size(); row += matrix.columns) {
    for (uint32_t i = 0; i < matrix.rows; ++i) {
      double sum = 0;
      for (uint32_t j = 0; j < matrix.columns; ++j) {
        sum += double{matrix.values[i * matrix.columns + j]} * double{inputs[row + j]};
      }
      outputs.push_back(static_cast<float>(sum));
    }
  }
  return outputs;
}

/// A matrix, inputs that are off, and what the matrix made of the inputs as they should be.
class TargetRefit : public testing::Test {
 protected:
  TargetRefit() {
    const std::vector<float> noise = random_values(exact_.size(), 3);
    std::vector<float> inputs = exact_;
    for (size_t i = 0; i < inputs.size(); ++i) {
      // What every column lost is found in the next one: a matrix can make that good.
      inputs[i] += 0.4f * exact_[(i + 1) % exact_.size()] + 0.05f * noise[i];
    }
    inputs_ = inputs;
  }

  FloatMatrix refit(const std::vector<float>& inputs, double share) const {
    ProductSums squares(kOutputColumns, kOutputColumns), targets(kOutputRows, kOutputColumns);
    squares.add_square(dense_rows(inputs, kOutputColumns), 1);
    targets.add(dense_rows(wanted_, kOutputRows), dense_rows(inputs, kOutputColumns), 1);
    return refit_to_targets(weights_, squares.statistics(), targets.sums(), share, 2);
  }

  double squared_error(const FloatMatrix& matrix) const {
    const std::vector<float> outputs = multiply(matrix, inputs_);
    double sum = 0;
    for (size_t i = 0; i < outputs.size(); ++i) {
      sum += (double{outputs[i]} - double{wanted_[i]}) * (double{outputs[i]} - double{wanted_[i]});
    }
    return sum;
  }

  FloatMatrix weights_{kOutputRows, kOutputColumns,
                       random_values(size_t{kOutputRows} * kOutputColumns, 1)};
  std::vector<float> exact_ = random_values(size_t{kInputs} * kOutputColumns, 2);
  std::vector<float> wanted_ = multiply(weights_, exact_);
  std::vector<float> inputs_;
};

TEST_F(TargetRefit, ChangesNothingWhereInputsAreRight) {
  const FloatMatrix refitted = refit(exact_, 1);
  for (size_t i = 0; i < weights_.values.size(); ++i) {
    ASSERT_NEAR(refitted.values[i], weights_.values[i], 1e-5f) << i;
  }
}

TEST_F(TargetRefit, MakesGoodWhatInputsLost) {
  const double before = squared_error(weights_);
  EXPECT_LT(squared_error(refit(inputs_, 1)), 0.1 * before);
  EXPECT_LT(squared_error(refit(inputs_, 0.5)), 0.5 * before);
  EXPECT_EQ(refit(inputs_, 0).values, weights_.values);
}

}  // namespace
}  // namespace nibble::offline
