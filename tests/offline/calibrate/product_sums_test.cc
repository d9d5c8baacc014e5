// Sums of products: equal to naive sums in double precision, for any number of threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/product_sums.h"

#include <gtest/gtest.h>

#include <random>

namespace nibble::offline {
namespace {

std::vector<float> random_rows(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& x : values) x = (static_cast<float>(random() % 20001) - 10000) / 777;
  return values;
}

ActivationRows rows_of(const std::vector<float>& values, uint32_t columns) {
  ActivationRows rows(columns, values.size() / columns);
  rows.store(0, values);
  return rows;
}

// More rows than a panel, columns that fill neither a tile nor a strip.
constexpr uint32_t kRows = 301, kColumns = 75, kOthers = 45;

TEST(ProductSums, OfTwoActivationsEqualNaiveSums) {
  const std::vector<float> a = random_rows(size_t{kRows} * kColumns, 1);
  const std::vector<float> b = random_rows(size_t{kRows} * kOthers, 2);
  for (const unsigned threads : {1u, 3u}) {
    ProductSums sums(kColumns, kOthers);
    sums.add(rows_of(a, kColumns), rows_of(b, kOthers), threads);
    for (uint32_t i = 0; i < kColumns; ++i) {
      for (uint32_t j = 0; j < kOthers; ++j) {
        double naive = 0;
        for (uint32_t row = 0; row < kRows; ++row) {
          naive += double{a[row * kColumns + i]} * double{b[row * kOthers + j]};
        }
        ASSERT_EQ(sums.sums()[i * kOthers + j], naive) << i << ", " << j;
      }
    }
  }
}

TEST(ProductSums, OfOneActivationAreAWholeHessian) {
  const std::vector<float> a = random_rows(size_t{kRows} * kColumns, 3);
  for (const unsigned threads : {1u, 2u}) {
    ProductSums sums(kColumns, kColumns);
    // In two parts, as windows arrive.
    const auto first = std::vector<float>(a.begin(), a.begin() + 100 * kColumns);
    sums.add_square(rows_of(first, kColumns), threads);
    sums.add_square(rows_of({a.begin() + 100 * kColumns, a.end()}, kColumns), threads);
    const InputStatistics statistics = sums.statistics();
    EXPECT_EQ(statistics.rows, kRows);
    for (uint32_t i = 0; i < kColumns; ++i) {
      for (uint32_t j = 0; j < kColumns; ++j) {
        double naive = 0;
        for (uint32_t row = 0; row < kRows; ++row) {
          naive += double{a[row * kColumns + i]} * double{a[row * kColumns + j]};
        }
        ASSERT_EQ(statistics.hessian[i * kColumns + j], naive) << i << ", " << j;
      }
      ASSERT_EQ(statistics.squares[i], statistics.hessian[i * kColumns + i]);
    }
  }
}

}  // namespace
}  // namespace nibble::offline
