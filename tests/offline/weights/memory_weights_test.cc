// Weights in memory: floats as they are, codes multiplied out or handed over unchanged.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/memory_weights.h"

#include <gtest/gtest.h>

#include <random>
#include <stdexcept>

#include "offline/files/half.h"
#include "offline/weights/rearrange.h"
#include "offline/weights/rescale.h"
#include "tests/offline/weights/naive_matrix.h"

namespace nibble::test {
namespace {

using namespace offline;
using format::TensorType;

constexpr uint32_t kRows = 37, kColumns = 100, kGroup = 32, kGroups = 4;

QuantizedMatrix codes_of(TensorType type) {
  QuantizedMatrix matrix({type, kGroup}, kRows, kColumns);
  std::mt19937 bits(11);
  for (int8_t& code : matrix.codes) {
    code = static_cast<int8_t>(type == TensorType::Int8 ? static_cast<int>(bits() % 255) - 127
                                                        : static_cast<int>(bits() % 16));
  }
  for (uint16_t& scale : matrix.scales) {
    scale = half_from_float(static_cast<float>(bits() % 1000) / 500 - 1);
  }
  for (uint8_t& zero : matrix.zeros) zero = static_cast<uint8_t>(bits() % 16);
  return matrix;
}

void expect_same_codes(const QuantizedMatrix& read, const QuantizedMatrix& whole,
                       const std::vector<uint32_t>& rows) {
  ASSERT_EQ(read.rows, rows.size());
  ASSERT_EQ(read.codes.size(), rows.size() * kColumns);
  ASSERT_EQ(read.scales.size(), rows.size() * kGroups);
  ASSERT_EQ(read.zeros.size(), whole.zeros.empty() ? 0 : rows.size() * kGroups);
  for (size_t i = 0; i < read.codes.size(); ++i) {
    ASSERT_EQ(read.codes[i], whole.codes[rows[i / kColumns] * kColumns + i % kColumns]);
  }
  for (size_t i = 0; i < read.scales.size(); ++i) {
    const size_t group = rows[i / kGroups] * kGroups + i % kGroups;
    ASSERT_EQ(read.scales[i], whole.scales[group]);
    if (!read.zeros.empty()) ASSERT_EQ(read.zeros[i], whole.zeros[group]);
  }
}

TEST(HeldFloats, MustFitTheirShape) {
  EXPECT_THROW(hold_floats(2, 3, std::vector<float>(5)), std::invalid_argument);
  const NaiveMatrix matrix = NaiveMatrix::random(5, 7);
  expect_same(*matrix.source(), matrix);
  EXPECT_FALSE(matrix.source()->stored_scheme().has_value());
}

TEST(HeldCodes, AreMultipliedOutWhereFloatsAreRead) {
  for (const TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    const QuantizedMatrix matrix = codes_of(type);
    expect_same(*hold_quantized(matrix),
                NaiveMatrix::of(kRows, kColumns, [&](uint32_t r, uint32_t c) {
                  const size_t group = size_t{r} * kGroups + c / kGroup;
                  const int zero = type == TensorType::Int8   ? 0
                                   : type == TensorType::Int4 ? 8
                                                              : matrix.zeros[group];
                  return float_from_half(matrix.scales[group]) *
                         static_cast<float>(matrix.codes[size_t{r} * kColumns + c] - zero);
                }));
  }
}

TEST(HeldCodes, OfHalvesAreTheHalves) {
  QuantizedMatrix matrix({TensorType::F16, 0}, 2, 3);
  matrix.halves = {0x3C00, 0xC000, 0, 0x3800, 0x7BFF, 0x4200};
  const Weights source = hold_quantized(matrix);
  expect_same(*source, {2, 3, {1, -2, 0, 0.5f, 65504, 3}});
  EXPECT_EQ(source->read_stored(1, 1).halves, (std::vector<uint16_t>{0x3800, 0x7BFF, 0x4200}));
}

TEST(HeldCodes, AreHandedOverUnchangedThroughSlicesAndPickedRows) {
  for (const TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    const QuantizedMatrix matrix = codes_of(type);
    const Weights source = hold_quantized(matrix);
    EXPECT_EQ(source->stored_scheme(), matrix.scheme);
    expect_same_codes(source->read_stored(3, 2), matrix, {3, 4});
    const Weights composed = pick_rows(slice_rows(source, 10, 20), {5, 0, 19});
    EXPECT_EQ(composed->stored_scheme(), matrix.scheme);
    expect_same_codes(composed->read_stored(0, 3), matrix, {15, 10, 29});
    expect_same_codes(composed->read_stored(2, 1), matrix, {29});
    EXPECT_THROW(source->read_stored(36, 2), std::out_of_range);
  }
}

TEST(HeldCodes, AreNotHandedOverWhereTheirValuesChange) {
  const Weights source = hold_quantized(codes_of(TensorType::Int8));
  for (const Weights& changed :
       {transpose(source), add_one(source), scale_rows(source, std::vector<float>(kRows, 2)),
        scale_columns(source, std::vector<float>(kColumns, 2))}) {
    EXPECT_FALSE(changed->stored_scheme().has_value());
    EXPECT_THROW(changed->read_stored(0, 1), std::logic_error);
  }
}

TEST(HeldCodes, MustFitTheirShape) {
  QuantizedMatrix matrix = codes_of(TensorType::Int4);
  matrix.scales.pop_back();
  EXPECT_THROW(hold_quantized(matrix), std::invalid_argument);
  matrix = codes_of(TensorType::Int4);
  matrix.zeros.resize(kRows * kGroups);
  EXPECT_THROW(hold_quantized(matrix), std::invalid_argument);
}

}  // namespace
}  // namespace nibble::test
