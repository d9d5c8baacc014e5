// Round to nearest: error bounds on every grid, exact recovery of what lies on one, and extremes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "offline/files/half.h"
#include "offline/quantize/quantizer.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorType;

const TensorType kIntegerTypes[] = {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero};

QuantizedMatrix quantize(std::span<const float> weights, uint32_t rows, const Scheme& scheme) {
  const auto columns = static_cast<uint32_t>(weights.size() / rows);
  return make_quantizer("rtn")->prepare(scheme, columns, nullptr)->quantize(weights, 0);
}

size_t group_of(const QuantizedMatrix& matrix, size_t element) {
  const size_t row = element / matrix.columns, column = element % matrix.columns;
  return row * format::group_count(matrix.columns, matrix.scheme.group) +
         column / matrix.scheme.group;
}

float scale_of(const QuantizedMatrix& matrix, size_t element) {
  return float_from_half(matrix.scales[group_of(matrix, element)]);
}

/// The formulas of format/blob.h, TensorType.
float weight(const QuantizedMatrix& matrix, size_t element) {
  const int code = matrix.codes[element];
  switch (matrix.scheme.type) {
    case TensorType::Int8:
      return scale_of(matrix, element) * static_cast<float>(code);
    case TensorType::Int4:
      return scale_of(matrix, element) * static_cast<float>(code - 8);
    default:
      return scale_of(matrix, element) *
             static_cast<float>(code - matrix.zeros[group_of(matrix, element)]);
  }
}

void expect_codes_in_range(const QuantizedMatrix& matrix) {
  const bool wide = matrix.scheme.type == TensorType::Int8;
  for (const int8_t code : matrix.codes) {
    ASSERT_GE(code, wide ? -127 : 0);
    ASSERT_LE(code, wide ? 127 : 15);
  }
  for (const uint8_t zero : matrix.zeros) ASSERT_LE(zero, 15);
}

std::vector<float> random_weights(size_t count, float middle = 0) {
  std::mt19937 random(11);
  std::vector<float> weights(count);
  for (float& x : weights) {
    x = middle + static_cast<float>(static_cast<int>(random() % 20001) - 10000) * 1e-4f;
  }
  return weights;
}

/// Between the grid's ends, the code is the nearest under the scale as stored. At its ends, a scale
/// rounded down leaves up to 2^-11 of the range beyond the last code, and full-range INT4 has no
/// code for the far end of the side opposite to the largest weight.
float largest_error_in_steps(const QuantizedMatrix& matrix, size_t element) {
  const int code = matrix.codes[element];
  if (matrix.scheme.type == TensorType::Int8) {
    return std::abs(code) < 127 ? 0.5f : 0.5f + 127 * 0x1p-11f;
  }
  return code > 0 && code < 15 ? 0.5f : 1.0f + 15 * 0x1p-11f;
}

TEST(RoundToNearest, StaysWithinHalfAStep) {
  constexpr float kFloatRounding = 1e-4f;
  for (const TensorType type : kIntegerTypes) {
    for (const uint32_t group : {32u, 64u, 128u}) {
      for (const float middle : {0.0f, 5.0f, -5.0f}) {
        const std::vector<float> weights = random_weights(5 * 172, middle);
        const QuantizedMatrix matrix = quantize(weights, 5, {type, group});
        expect_codes_in_range(matrix);
        for (size_t i = 0; i < weights.size(); ++i) {
          const float steps = std::fabs((weight(matrix, i) - weights[i]) / scale_of(matrix, i));
          ASSERT_LE(steps, largest_error_in_steps(matrix, i) + kFloatRounding);
        }
      }
    }
  }
}

TEST(RoundToNearest, RecoversWeightsThatLieOnTheGrid) {
  for (const TensorType type : kIntegerTypes) {
    std::vector<float> weights;
    const bool wide = type == TensorType::Int8;
    for (int i = 0; i < 64; ++i) {
      const int code = wide ? i * 4 - 127 : i % 16 - 8;
      weights.push_back(0.25f * static_cast<float>(code));
    }
    const QuantizedMatrix matrix = quantize(weights, 1, {type, 64});
    for (size_t i = 0; i < weights.size(); ++i) ASSERT_EQ(weight(matrix, i), weights[i]);
  }
}

TEST(RoundToNearest, GivesTheLargestWeightTheCodeMinusEightWhateverItsSign) {
  for (const float largest : {-4.0f, 4.0f}) {
    const std::vector<float> weights = {1, -1, largest, 3};
    const QuantizedMatrix matrix = quantize(weights, 1, {TensorType::Int4, 32});
    EXPECT_EQ(matrix.codes[2], 0);  // u = −8 + 8
    EXPECT_EQ(weight(matrix, 2), largest);
    EXPECT_EQ(std::signbit(scale_of(matrix, 0)), largest > 0);
  }
}

TEST(RoundToNearest, KeepsZeroInAsymmetricGroupsOfOneSign) {
  std::vector<float> weights = random_weights(64, 5);
  weights[7] = 0;
  const QuantizedMatrix matrix = quantize(weights, 1, {TensorType::Int4Zero, 64});
  EXPECT_EQ(matrix.zeros[0], 0);
  EXPECT_EQ(weight(matrix, 7), 0);
  for (float& x : weights) x = -x;
  const QuantizedMatrix negative = quantize(weights, 1, {TensorType::Int4Zero, 64});
  EXPECT_EQ(negative.zeros[0], 15);
  EXPECT_EQ(weight(negative, 7), 0);
}

TEST(RoundToNearest, TreatsGroupsAndRowsApart) {
  std::vector<float> weights(2 * 96, 1);
  weights[40] = 100;  // row 0, group 1 of 3
  const QuantizedMatrix matrix = quantize(weights, 2, {TensorType::Int8, 32});
  ASSERT_EQ(matrix.scales.size(), 6u);
  for (const size_t group : {0, 2, 3, 4, 5}) EXPECT_EQ(matrix.scales[group], matrix.scales[0]);
  EXPECT_GT(float_from_half(matrix.scales[1]), 0.7f);
}

TEST(RoundToNearest, GivesTheSameForSlicesOfRows) {
  const std::vector<float> weights = random_weights(4 * 100);
  for (const TensorType type : kIntegerTypes) {
    const QuantizedMatrix whole = quantize(weights, 4, {type, 64});
    const QuantizedMatrix half = quantize(std::span(weights).last(200), 2, {type, 64});
    EXPECT_TRUE(std::equal(half.codes.begin(), half.codes.end(), whole.codes.begin() + 200));
    EXPECT_TRUE(std::equal(half.scales.begin(), half.scales.end(), whole.scales.begin() + 4));
  }
}

TEST(RoundToNearest, MakesGroupsOfZeros) {
  // The last is far below the least scale there is.
  for (const float x : {0.0f, -0.0f, 1e-30f}) {
    const std::vector<float> weights(40, x);
    for (const TensorType type : kIntegerTypes) {
      const QuantizedMatrix matrix = quantize(weights, 1, {type, 32});
      for (const uint16_t scale : matrix.scales) EXPECT_EQ(scale, 0);
      for (size_t i = 0; i < weights.size(); ++i) EXPECT_EQ(weight(matrix, i), 0);
    }
  }
}

TEST(RoundToNearest, StaysInRangeWithSubnormalScales) {
  for (float largest = 1e-9f; largest < 1e-2f; largest *= 1.7f) {
    std::vector<float> weights = random_weights(32);
    for (float& x : weights) x *= largest;
    for (const TensorType type : kIntegerTypes) {
      const QuantizedMatrix matrix = quantize(weights, 1, {type, 32});
      expect_codes_in_range(matrix);
      for (size_t i = 0; i < weights.size(); ++i) {
        ASSERT_LE(std::fabs(weight(matrix, i)), largest * 2);
      }
    }
  }
}

TEST(RoundToNearest, RefusesWhatHalfPrecisionCannotScale) {
  std::vector<float> weights(64, 1);
  weights[40] = 3e38f;
  weights[41] = -3e38f;
  for (const TensorType type : kIntegerTypes) {
    const auto matrix = make_quantizer("rtn")->prepare({type, 32}, 32, nullptr);
    try {
      matrix->quantize(weights, 7000);
      ADD_FAILURE() << "accepted";
    } catch (const std::overflow_error& error) {
      EXPECT_NE(std::string(error.what()).find("row 7001 has"), std::string::npos) << error.what();
    }
  }
  weights = {65519, -65519, 0, 1};
  EXPECT_NO_THROW(quantize(weights, 1, {TensorType::F16, 0}));
  weights[3] = 65520;
  EXPECT_THROW(quantize(weights, 1, {TensorType::F16, 0}), std::overflow_error);
}

TEST(RoundToNearest, RoundsHalvesOnTheReferencePath) {
  const std::vector<float> weights = random_weights(100);
  const QuantizedMatrix matrix = quantize(weights, 4, {TensorType::F16, 0});
  ASSERT_EQ(matrix.halves.size(), weights.size());
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(matrix.halves[i], half_from_float(weights[i]));
  }
}

TEST(Registry, MakesWhatItNames) {
  for (const std::string& name : quantizer_names()) {
    EXPECT_FALSE(make_quantizer(name)->name().empty()) << name;
  }
  EXPECT_EQ(make_quantizer(kDefaultQuantizer)->name(), "round to nearest");
  EXPECT_THROW(make_quantizer("no such method"), std::invalid_argument);
}

}  // namespace
}  // namespace nibble::offline
