// A matrix of floats in memory and the plain loops that adapters are compared with.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

#include "offline/weights/memory_weights.h"

namespace nibble::test {

struct NaiveMatrix {
  uint32_t rows = 0, columns = 0;
  std::vector<float> values;

  /// Each element as a function of its row and column.
  static NaiveMatrix of(uint32_t rows, uint32_t columns,
                        const std::function<float(uint32_t, uint32_t)>& element) {
    NaiveMatrix matrix{rows, columns, {}};
    for (uint32_t row = 0; row < rows; ++row) {
      for (uint32_t column = 0; column < columns; ++column) {
        matrix.values.push_back(element(row, column));
      }
    }
    return matrix;
  }
  static NaiveMatrix random(uint32_t rows, uint32_t columns) {
    std::mt19937 bits(rows * 1000 + columns);
    return of(rows, columns,
              [&](uint32_t, uint32_t) { return static_cast<float>(bits() % 2000) / 1000 - 1; });
  }
  float at(uint32_t row, uint32_t column) const { return values[size_t{row} * columns + column]; }
  offline::Weights source() const { return offline::hold_floats(rows, columns, values); }
};

/// The source has exactly these values, whichever rows are read together.
inline void expect_same(const offline::WeightSource& source, const NaiveMatrix& expected) {
  ASSERT_EQ(source.rows(), expected.rows);
  ASSERT_EQ(source.columns(), expected.columns);
  for (const uint32_t together : {1u, 3u, expected.rows}) {
    for (uint32_t row = 0; row < expected.rows; row += together) {
      const uint32_t count = std::min(together, expected.rows - row);
      std::vector<float> read(size_t{count} * expected.columns);
      source.read_rows(row, read);
      const float* const first = &expected.values[size_t{row} * expected.columns];
      ASSERT_EQ(read, std::vector<float>(first, first + read.size())) << "from row " << row;
    }
  }
}

}  // namespace nibble::test
