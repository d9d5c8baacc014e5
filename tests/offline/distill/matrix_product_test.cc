// Products equal a naive loop to the bit, whatever the shape, the strides and the threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/matrix_product.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tests/support/partitions.h"

namespace nibble::test {
namespace {

using offline::Product;
using offline::Strided;

struct Shape {
  uint32_t rows, columns, steps;
};
// Around tiles and blocks of every instruction set, and none of their multiples.
constexpr Shape kShapes[] = {{1, 1, 1}, {7, 33, 5}, {8, 32, 64}, {9, 31, 100}, {515, 131, 40}};

template <class Real>
std::vector<Real> numbers(size_t count, int seed) {
  std::vector<Real> values(count);
  for (size_t i = 0; i < count; ++i) {
    values[i] = static_cast<Real>(std::sin(static_cast<double>(i) * 12.9898 + seed));
  }
  return values;
}

/// Either operand is held by rows or by columns.
template <class Real>
Strided<Real> view(const std::vector<Real>& values, uint32_t rows, uint32_t columns,
                   bool by_columns) {
  return by_columns ? Strided<Real>{values.data(), 1, rows}
                    : Strided<Real>{values.data(), columns, 1};
}

template <class Real>
void naive(const Product<Real>& p, std::vector<Real>& out) {
  for (uint32_t row = 0; row < p.rows; ++row) {
    for (uint32_t column = 0; column < p.columns; ++column) {
      Real sum = 0;
      for (uint32_t step = 0; step < p.steps; ++step) {
        const Real product = p.left.from(row, step).data[0] * p.right.from(step, column).data[0];
        sum += product;
      }
      Real& to = out[row * p.out_stride + column];
      to = p.accumulate ? to + sum : sum;
    }
  }
}

template <class Real>
void expect_naive(const Shape& shape, bool left_by_columns, bool right_by_columns,
                  bool accumulate) {
  const auto [rows, columns, steps] = shape;
  const std::vector<Real> left = numbers<Real>(size_t{rows} * steps, 1);
  const std::vector<Real> right = numbers<Real>(size_t{steps} * columns, 2);
  const size_t stride = columns + 3;
  std::vector<Real> out = numbers<Real>(rows * stride, 3), expected = out;
  Product<Real> product{rows,
                        columns,
                        steps,
                        view(left, rows, steps, left_by_columns),
                        view(right, steps, columns, right_by_columns),
                        out.data(),
                        stride,
                        accumulate};
  ThreadPartition threads(3);
  multiply(product, threads.parallel_for());
  naive(product, expected);
  EXPECT_EQ(out, expected) << rows << " x " << columns << " x " << steps;
}

TEST(MatrixProduct, EqualsANaiveLoopToTheBit) {
  for (const Shape& shape : kShapes) {
    for (const bool left : {false, true}) {
      for (const bool right : {false, true}) {
        for (const bool accumulate : {false, true}) {
          expect_naive<float>(shape, left, right, accumulate);
          expect_naive<double>(shape, left, right, accumulate);
        }
      }
    }
  }
}

}  // namespace
}  // namespace nibble::test
