// What every quantizer of the registry owes its callers.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/quantizer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <stdexcept>
#include <utility>

namespace nibble::offline {
namespace {

using format::TensorType;

const Scheme kSchemes[] = {{TensorType::F16, 0},
                           {TensorType::Int8, 64},
                           {TensorType::Int4, 32},
                           {TensorType::Int4Zero, 128}};

std::vector<float> uniform_weights(size_t count) {
  std::mt19937 random(11);
  std::vector<float> weights(count);
  for (float& x : weights) x = static_cast<float>(static_cast<int>(random() % 20001) - 10000);
  return weights;
}

/// Statistics of independent inputs, some of them larger than others.
InputStatistics statistics_of(uint32_t columns) {
  InputStatistics statistics{.rows = 100, .squares = {}, .hessian = {}};
  for (uint32_t i = 0; i < columns; ++i) statistics.squares.push_back(1 + i % 7);
  statistics.hessian.resize(size_t{columns} * columns);
  for (uint32_t i = 0; i < columns; ++i) {
    statistics.hessian[size_t{i} * columns + i] = statistics.squares[i];
  }
  return statistics;
}

class EveryQuantizer : public testing::TestWithParam<std::string> {
 protected:
  static constexpr uint32_t kRows = 4, kColumns = 100;

  std::unique_ptr<Quantizer> quantizer_ = make_quantizer(GetParam());
  std::vector<float> weights_ = uniform_weights(size_t{kRows} * kColumns);
  InputStatistics statistics_ = statistics_of(kColumns);
};

TEST_P(EveryQuantizer, HasAName) {
  EXPECT_FALSE(quantizer_->name().empty());
}

TEST_P(EveryQuantizer, FillsAMatrixOfItsSchemeWithCodesInRange) {
  for (const Scheme& scheme : kSchemes) {
    for (const InputStatistics* statistics :
         {static_cast<const InputStatistics*>(nullptr), &std::as_const(statistics_)}) {
      const QuantizedMatrix matrix =
          quantizer_->prepare(scheme, kColumns, statistics)->quantize(weights_, 0);
      const QuantizedMatrix expected(scheme, kRows, kColumns);
      EXPECT_EQ(matrix.scheme, scheme);
      EXPECT_EQ(matrix.halves.size(), expected.halves.size());
      EXPECT_EQ(matrix.codes.size(), expected.codes.size());
      EXPECT_EQ(matrix.scales.size(), expected.scales.size());
      EXPECT_EQ(matrix.zeros.size(), expected.zeros.size());
      const bool is_int8 = scheme.type == TensorType::Int8;
      for (const int8_t code : matrix.codes) {
        ASSERT_GE(code, is_int8 ? -127 : 0);
        ASSERT_LE(code, is_int8 ? 127 : 15);
      }
      for (const uint8_t zero : matrix.zeros) ASSERT_LE(zero, 15);
    }
  }
}

TEST_P(EveryQuantizer, GivesTheSameForSlicesOfRows) {
  for (const Scheme& scheme : kSchemes) {
    const auto matrix = quantizer_->prepare(scheme, kColumns, &statistics_);
    const QuantizedMatrix whole = matrix->quantize(weights_, 0);
    const QuantizedMatrix half = matrix->quantize(std::span(weights_).last(2 * kColumns), 2);
    const auto is_tail = [](const auto& tail, const auto& all) {
      return std::equal(tail.rbegin(), tail.rend(), all.rbegin());
    };
    EXPECT_TRUE(is_tail(half.halves, whole.halves));
    EXPECT_TRUE(is_tail(half.codes, whole.codes));
    EXPECT_TRUE(is_tail(half.scales, whole.scales));
    EXPECT_TRUE(is_tail(half.zeros, whole.zeros));
  }
}

TEST_P(EveryQuantizer, NamesTheRowOfTheMatrixThatHalfPrecisionCannotScale) {
  weights_[size_t{2} * kColumns + 40] = 3e38f;
  weights_[size_t{2} * kColumns + 41] = -3e38f;
  for (const Scheme& scheme : kSchemes) {
    const auto matrix = quantizer_->prepare(scheme, kColumns, &statistics_);
    try {
      matrix->quantize(weights_, 7000);
      ADD_FAILURE() << "accepted";
    } catch (const std::overflow_error& error) {
      EXPECT_NE(std::string(error.what()).find("row 7002 has"), std::string::npos) << error.what();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Names, EveryQuantizer, testing::ValuesIn(quantizer_names()),
                         [](const auto& instance) { return instance.param; });

TEST(Registry, MakesTheDefaultAndRefusesUnknownNames) {
  EXPECT_EQ(make_quantizer(kDefaultQuantizer)->name(), "round to nearest");
  EXPECT_THROW(make_quantizer("no such method"), std::invalid_argument);
}

}  // namespace
}  // namespace nibble::offline
