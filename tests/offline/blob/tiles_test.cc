// Tiles against the formulas of format/layout.h, written down a second time as lookups.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/tiles.h"

#include <gtest/gtest.h>

#include <cstring>
#include <random>

#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

using format::TensorRecord;
using format::TensorType;

QuantizedMatrix random_matrix(TensorType type, uint32_t group, uint32_t rows, uint32_t columns) {
  std::mt19937 random(3);
  QuantizedMatrix matrix({type, group}, rows, columns);
  for (uint16_t& half : matrix.halves) half = static_cast<uint16_t>(random());
  for (int8_t& code : matrix.codes) {
    code = static_cast<int8_t>(type == TensorType::Int8 ? static_cast<int>(random() % 255) - 127
                                                        : static_cast<int>(random() % 16));
  }
  for (uint16_t& scale : matrix.scales) scale = static_cast<uint16_t>(random());
  for (uint8_t& zero : matrix.zeros) zero = static_cast<uint8_t>(random() % 16);
  return matrix;
}

TensorRecord record_of(const QuantizedMatrix& matrix) {
  return {matrix.scheme.type, format::Role::Query, 0, static_cast<uint16_t>(matrix.scheme.group), 0,
          matrix.rows,        matrix.columns};
}

std::vector<uint8_t> tiles_of(const QuantizedMatrix& matrix) {
  const TensorRecord record = record_of(matrix);
  std::vector<uint8_t> out(format::tensor_bytes(record).total().value());
  write_tiles(matrix, 0, record, out);
  return out;
}

/// Looks elements up where layout.h says they are.
class TileReader {
 public:
  TileReader(const TensorRecord& record, std::span<const uint8_t> bytes)
      : record_(record),
        bytes_(bytes),
        padded_(format::padded(record.columns)),
        groups_(record.group == 0 ? 0 : format::group_count(record.columns, record.group)) {}

  int code(uint32_t row, uint32_t column) const {
    const uint32_t strip = row % 32 / 8, lane = row % 8;
    if (record_.type == TensorType::Int8) {
      const size_t step = column / 4, at = block(row) * padded_ * 32 + step * 128;
      return static_cast<int8_t>(bytes_[at + strip * 32 + lane * 4 + column % 4]);
    }
    const size_t step = column / 8, at = block(row) * padded_ * 16 + step * 128;
    const uint8_t byte = bytes_[at + strip * 32 + lane * 4 + column % 4];
    return column % 8 < 4 ? byte & 15 : byte >> 4;
  }
  uint16_t half(uint32_t row, uint32_t column) const {
    return load16((block(row) * padded_ + column) * 64 + row % 32 * 2);
  }
  uint16_t scale(uint32_t row, uint32_t group) const {
    return load16(format::tensor_bytes(record_).codes.value() + parameter(row, group) * 2);
  }
  uint8_t zero(uint32_t row, uint32_t group) const {
    const format::TensorBytes planes = format::tensor_bytes(record_);
    return bytes_[(planes.codes + planes.scales).value() + parameter(row, group)];
  }

 private:
  static size_t block(uint32_t row) { return row / 32; }
  size_t parameter(uint32_t row, uint32_t group) const {
    return (block(row) * groups_ + group) * 32 + row % 32;
  }
  uint16_t load16(size_t at) const {
    uint16_t value;
    std::memcpy(&value, &bytes_[at], sizeof value);
    return value;
  }

  const TensorRecord record_;
  std::span<const uint8_t> bytes_;
  uint32_t padded_, groups_;
};

struct Shape {
  uint32_t rows, columns;
};
// Whole blocks; ragged both ways; less than a block; one row, one column.
constexpr Shape kShapes[] = {{64, 128}, {45, 172}, {7, 160}, {1, 1}, {33, 8}};

void expect_elements(const QuantizedMatrix& matrix, const TileReader& tiles) {
  for (uint32_t row = 0; row < matrix.rows; ++row) {
    for (uint32_t column = 0; column < matrix.columns; ++column) {
      const size_t at = size_t{row} * matrix.columns + column;
      if (matrix.scheme.type == TensorType::F16) {
        ASSERT_EQ(tiles.half(row, column), matrix.halves[at]);
      } else {
        ASSERT_EQ(tiles.code(row, column), matrix.codes[at]);
      }
    }
  }
}

void expect_parameters(const QuantizedMatrix& matrix, const TileReader& tiles) {
  const uint32_t groups = format::group_count(matrix.columns, matrix.scheme.group);
  for (uint32_t row = 0; row < matrix.rows; ++row) {
    for (uint32_t group = 0; group < groups; ++group) {
      const size_t at = size_t{row} * groups + group;
      ASSERT_EQ(tiles.scale(row, group), matrix.scales[at]);
      if (matrix.zeros.empty()) continue;
      ASSERT_EQ(tiles.zero(row, group), matrix.zeros[at]);
    }
  }
}

TEST(Tiles, HoldEveryElementWhereTheLayoutSays) {
  for (const Shape& shape : kShapes) {
    for (const TensorType type :
         {TensorType::F16, TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
      for (const uint32_t group : {32u, 64u, 128u}) {
        const QuantizedMatrix matrix =
            random_matrix(type, type == TensorType::F16 ? 0 : group, shape.rows, shape.columns);
        const std::vector<uint8_t> bytes = tiles_of(matrix);
        const TileReader tiles(record_of(matrix), bytes);
        expect_elements(matrix, tiles);
        if (type != TensorType::F16) expect_parameters(matrix, tiles);
      }
    }
  }
}

TEST(Tiles, GiveBackAnyRowsThatWereWritten) {
  for (const Shape& shape : kShapes) {
    for (const TensorType type :
         {TensorType::F16, TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
      const QuantizedMatrix matrix =
          random_matrix(type, type == TensorType::F16 ? 0 : 64, shape.rows, shape.columns);
      const std::vector<uint8_t> bytes = tiles_of(matrix);
      const uint32_t first = shape.rows / 3;
      QuantizedMatrix whole(matrix.scheme, matrix.rows, matrix.columns);
      whole.set_rows(0, read_tiles(record_of(matrix), bytes, 0, first));
      whole.set_rows(first, read_tiles(record_of(matrix), bytes, first, shape.rows - first));
      EXPECT_EQ(whole.halves, matrix.halves);
      EXPECT_EQ(whole.codes, matrix.codes);
      EXPECT_EQ(whole.scales, matrix.scales);
      EXPECT_EQ(whole.zeros, matrix.zeros);
    }
  }
}

TEST(Tiles, PadWithWeightsOfZero) {
  for (const TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    const QuantizedMatrix matrix = random_matrix(type, 64, 45, 172);
    const std::vector<uint8_t> bytes = tiles_of(matrix);
    const TileReader tiles(record_of(matrix), bytes);
    for (uint32_t row = 0; row < 45; ++row) {
      const int zero = type == TensorType::Int8   ? 0
                       : type == TensorType::Int4 ? 8
                                                  : tiles.zero(row, 2);
      for (uint32_t column = 172; column < 192; ++column) {
        ASSERT_EQ(tiles.code(row, column), zero);
      }
    }
    for (uint32_t row = 45; row < 64; ++row) {
      for (uint32_t group = 0; group < 3; ++group) ASSERT_EQ(tiles.scale(row, group), 0);
    }
  }
  const QuantizedMatrix halves = random_matrix(TensorType::F16, 0, 3, 5);
  const std::vector<uint8_t> bytes = tiles_of(halves);
  const TileReader tiles(record_of(halves), bytes);
  for (uint32_t row = 0; row < 32; ++row) {
    for (uint32_t column = 0; column < 32; ++column) {
      if (row < 3 && column < 5) continue;
      ASSERT_EQ(tiles.half(row, column), 0);
    }
  }
}

TEST(Tiles, AreTheSameWrittenInSlices) {
  for (const TensorType type : {TensorType::Int8, TensorType::Int4Zero}) {
    const QuantizedMatrix whole = random_matrix(type, 64, 45, 172);
    QuantizedMatrix first = whole, second = whole;
    first.rows = 32;
    second.rows = 13;
    second.codes.erase(second.codes.begin(), second.codes.begin() + 32 * 172);
    second.scales.erase(second.scales.begin(), second.scales.begin() + 32 * 3);
    if (!second.zeros.empty()) {
      second.zeros.erase(second.zeros.begin(), second.zeros.begin() + 32 * 3);
    }
    const std::vector<uint8_t> expected = tiles_of(whole);
    std::vector<uint8_t> bytes(expected.size());
    write_tiles(second, 32, record_of(whole), bytes);
    write_tiles(first, 0, record_of(whole), bytes);
    EXPECT_EQ(bytes, expected);
  }
}

TEST(Vectors, AreCopiedAndPadded) {
  std::vector<uint8_t> bytes(32 * 4);
  write_vector(std::vector<float>{1, 2}, bytes);
  float values[32];
  std::memcpy(values, bytes.data(), sizeof values);
  EXPECT_EQ(values[0], 1);
  EXPECT_EQ(values[1], 2);
  for (size_t i = 2; i < 32; ++i) EXPECT_EQ(values[i], 0);
}

}  // namespace
}  // namespace nibble::offline
