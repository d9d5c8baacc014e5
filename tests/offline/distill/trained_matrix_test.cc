// Matrices in training: they start as their codes, follow gradients, and end as codes again.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/trained_matrix.h"

#include <gtest/gtest.h>

#include <cmath>

#include "offline/quantize/quantizer.h"
#include "offline/weights/memory_weights.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::AdamStep;
using offline::Parameter;
using offline::QuantizedMatrix;
using offline::Scheme;
using offline::TrainedMatrix;
using offline::TrainingRates;

constexpr uint32_t kRows = 5, kColumns = 75;  // the last group of a row is shorter
constexpr Scheme kSchemes[] = {
    {TensorType::Int8, 32}, {TensorType::Int4, 32}, {TensorType::Int4Zero, 64}};

std::vector<float> weights() {
  std::vector<float> values(size_t{kRows} * kColumns);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = 0.05f * std::sin(static_cast<float>(i) * 2.3f) + 0.01f;
  }
  return values;
}
QuantizedMatrix rounded(const Scheme& scheme) {
  return offline::make_quantizer("rtn")->prepare(scheme, kColumns, nullptr)->quantize(weights(), 0);
}
std::vector<float> values_of(QuantizedMatrix matrix) {
  std::vector<float> values(size_t{kRows} * kColumns);
  offline::hold_quantized(std::move(matrix))->read_rows(0, values);
  return values;
}
Parameter<float> parameter() {
  const size_t count = size_t{kRows} * kColumns;
  return {kRows, kColumns, std::vector<float>(count), std::vector<float>(count), {}};
}
double squared_distance(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
  return sum;
}

/// Steps against the gradient of the squared distance from `target`.
void approach(const std::vector<float>& target, const TrainingRates& rates, TrainedMatrix& matrix) {
  Parameter<float> now = parameter();
  for (uint64_t step = 1; step <= 300; ++step) {
    matrix.simulate(now, {});
    for (size_t i = 0; i < target.size(); ++i) now.gradient[i] = now.values[i] - target[i];
    matrix.update(now, AdamStep(step), rates, {});
  }
}

TEST(TrainedMatrix, StartsAndEndsAsTheCodesItIsGiven) {
  for (const Scheme& scheme : kSchemes) {
    const QuantizedMatrix start = rounded(scheme);
    for (const std::vector<float>& exact : {weights(), std::vector<float>()}) {
      const TrainedMatrix matrix(start, exact);
      Parameter<float> now = parameter();
      matrix.simulate(now, {});
      EXPECT_EQ(now.values, values_of(start));
      EXPECT_EQ(matrix.quantized().codes, start.codes);
      EXPECT_EQ(matrix.quantized().scales, start.scales);
      EXPECT_EQ(matrix.quantized().zeros, start.zeros);
    }
  }
}

TEST(TrainedMatrix, MultipliesWithWhatItWillStore) {
  for (const Scheme& scheme : kSchemes) {
    const QuantizedMatrix start = rounded(scheme);
    TrainedMatrix matrix(start, weights());
    std::vector<float> target = weights();
    for (size_t i = 0; i < target.size(); ++i) target[i] += i % 3 == 0 ? 0.01f : -0.004f;
    approach(target, {.positions = 0.05f, .scales = 0.002f}, matrix);
    Parameter<float> now = parameter();
    matrix.simulate(now, {});
    EXPECT_EQ(now.values, values_of(matrix.quantized()));
    EXPECT_LT(squared_distance(now.values, target),
              0.3 * squared_distance(values_of(start), target));
    EXPECT_NE(matrix.quantized().codes, start.codes);
    EXPECT_NE(matrix.quantized().scales, start.scales);
  }
}

TEST(TrainedMatrix, KeepsCodesWhereOnlyScalesTrain) {
  for (const Scheme& scheme : kSchemes) {
    const QuantizedMatrix start = rounded(scheme);
    std::vector<float> target = values_of(start);
    for (float& value : target) value *= 1.1f;
    TrainedMatrix matrix(start, weights());
    approach(target, {.scales = 0.002f}, matrix);
    EXPECT_EQ(matrix.quantized().codes, start.codes);
    EXPECT_LT(squared_distance(values_of(matrix.quantized()), target),
              0.01 * squared_distance(values_of(start), target));
  }
}

TEST(TrainedMatrix, KeepsScalesWhereOnlyPositionsTrain) {
  const QuantizedMatrix start = rounded({TensorType::Int4, 32});
  TrainedMatrix matrix(start, weights());
  approach(std::vector<float>(size_t{kRows} * kColumns, 0.02f), {.positions = 0.05f}, matrix);
  EXPECT_EQ(matrix.quantized().scales, start.scales);
  EXPECT_NE(matrix.quantized().codes, start.codes);
}

}  // namespace
}  // namespace nibble::test
