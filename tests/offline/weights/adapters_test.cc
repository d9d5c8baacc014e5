// Adapters of weights, alone and composed, against plain loops over a matrix.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <stdexcept>

#include "offline/files/half.h"
#include "offline/weights/rearrange.h"
#include "offline/weights/rescale.h"
#include "tests/offline/weights/naive_matrix.h"

namespace nibble::test {
namespace {

using namespace offline;

/// Rows and columns that no block of the transposition divides.
const NaiveMatrix& matrix() {
  static const NaiveMatrix matrix = NaiveMatrix::random(150, 1003);
  return matrix;
}

TEST(SliceRows, AreRowsOfTheSource) {
  expect_same(
      *slice_rows(matrix().source(), 40, 60),
      NaiveMatrix::of(60, 1003, [](uint32_t r, uint32_t c) { return matrix().at(40 + r, c); }));
  expect_same(*slice_rows(matrix().source(), 0, 150), matrix());
  EXPECT_EQ(slice_rows(matrix().source(), 150, 0)->rows(), 0u);
}

TEST(SliceRows, EndWithTheSourceAndWithThemselves) {
  EXPECT_THROW(slice_rows(matrix().source(), 100, 51), std::out_of_range);
  EXPECT_THROW(slice_rows(matrix().source(), 151, 0), std::out_of_range);
  std::vector<float> row(1003);
  EXPECT_THROW(slice_rows(matrix().source(), 10, 5)->read_rows(5, row), std::out_of_range);
}

TEST(PickRows, MayRepeatAndReverse) {
  expect_same(*pick_rows(matrix().source(), {149, 3, 3, 0}),
              NaiveMatrix::of(4, 1003, [](uint32_t r, uint32_t c) {
                const uint32_t rows[] = {149, 3, 3, 0};
                return matrix().at(rows[r], c);
              }));
  EXPECT_THROW(pick_rows(matrix().source(), {150}), std::out_of_range);
}

TEST(Transpose, SwapsRowsAndColumns) {
  expect_same(*transpose(matrix().source()),
              NaiveMatrix::of(1003, 150, [](uint32_t r, uint32_t c) { return matrix().at(c, r); }));
  expect_same(*transpose(transpose(matrix().source())), matrix());
}

TEST(Transpose, TakesASourceOfManyBlocks) {
  const NaiveMatrix tall = NaiveMatrix::random(3001, 70);
  expect_same(*slice_rows(transpose(tall.source()), 66, 4),
              NaiveMatrix::of(4, 3001, [&](uint32_t r, uint32_t c) { return tall.at(c, 66 + r); }));
}

/// Counts what is read from it at once.
class Counting final : public WeightSource {
 public:
  Counting(uint32_t rows, uint32_t columns) : WeightSource(rows, columns) {}
  mutable size_t most_at_once = 0;

 private:
  void read(uint32_t, std::span<float> out) const override {
    most_at_once = std::max(most_at_once, out.size());
    std::ranges::fill(out, 0.0f);
  }
};

TEST(Transpose, ReadsBlocksThatDoNotGrowWithTheSource) {
  const auto counting = std::make_shared<Counting>(100000, 100);
  std::vector<float> row(100000);
  transpose(counting)->read_rows(99, row);
  EXPECT_LE(counting->most_at_once, 1u << 16);
}

/// What a pair of rotary elements is, written down a second time: (2i, 2i+1) or (i, i + half).
TEST(RotaryOrder, PutsPairsApartAndTogether) {
  constexpr uint32_t kHeads = 3, kHeadDim = 8, kHalf = kHeadDim / 2;
  const auto rows = halves_from_interleaved(kHeads, kHeadDim);
  ASSERT_EQ(rows.size(), kHeads * kHeadDim);
  for (uint32_t head = 0; head < kHeads; ++head) {
    for (uint32_t pair = 0; pair < kHalf; ++pair) {
      const uint32_t first = head * kHeadDim;
      EXPECT_EQ(rows[first + pair], first + 2 * pair);
      EXPECT_EQ(rows[first + kHalf + pair], first + 2 * pair + 1);
    }
  }
  const NaiveMatrix queries = NaiveMatrix::random(kHeads * kHeadDim, 5);
  expect_same(
      *pick_rows(pick_rows(queries.source(), rows), interleaved_from_halves(kHeads, kHeadDim)),
      queries);
}

TEST(ScaleColumns, MultipliesEachColumn) {
  std::vector<float> factors;
  for (uint32_t c = 0; c < 1003; ++c) factors.push_back(0.3f + static_cast<float>(c));
  expect_same(*scale_columns(matrix().source(), factors),
              NaiveMatrix::of(150, 1003, [&](uint32_t r, uint32_t c) {
                return matrix().at(r, c) * factors[c];
              }));
  EXPECT_THROW(scale_columns(matrix().source(), {1, 2}), std::invalid_argument);
}

TEST(ScaleRows, MultipliesEachRow) {
  std::vector<float> factors;
  for (uint32_t r = 0; r < 150; ++r) factors.push_back(0.3f + static_cast<float>(r));
  expect_same(*scale_rows(matrix().source(), factors),
              NaiveMatrix::of(150, 1003, [&](uint32_t r, uint32_t c) {
                return matrix().at(r, c) * factors[r];
              }));
  EXPECT_THROW(scale_rows(matrix().source(), {1, 2}), std::invalid_argument);
}

TEST(AddOne, AddsOneToEveryValue) {
  const NaiveMatrix gains = NaiveMatrix::random(1, 77);
  expect_same(*add_one(gains.source()),
              NaiveMatrix::of(1, 77, [&](uint32_t r, uint32_t c) { return gains.at(r, c) + 1; }));
}

/// GPT-2's c_attn stores [inputs, 3 · width]: queries, keys and values of all heads side by side.
TEST(Composed, KeysOfAFusedConvolutionPutInRotaryOrder) {
  constexpr uint32_t kWidth = 24, kHeads = 3, kHeadDim = 8;
  const NaiveMatrix fused = NaiveMatrix::random(kWidth, 3 * kWidth);
  const auto rows = halves_from_interleaved(kHeads, kHeadDim);
  const Weights keys = pick_rows(slice_rows(transpose(fused.source()), kWidth, kWidth), rows);
  expect_same(*keys, NaiveMatrix::of(kWidth, kWidth, [&](uint32_t r, uint32_t c) {
    return fused.at(c, kWidth + rows[r]);
  }));
}

TEST(Composed, PartOfAVectorIsASliceOfItsTranspose) {
  const NaiveMatrix bias = NaiveMatrix::random(1, 72);
  expect_same(*transpose(slice_rows(transpose(bias.source()), 24, 24)),
              NaiveMatrix::of(1, 24, [&](uint32_t, uint32_t c) { return bias.at(0, 24 + c); }));
}

TEST(Composed, ScalesFoldedIntoASliceAndOutOfItsGains) {
  const std::vector<float> factors = {2, 0.5f, 4, 1, 8};
  const NaiveMatrix fused = NaiveMatrix::random(12, 5), gains = NaiveMatrix::random(1, 5);
  expect_same(*scale_rows(scale_columns(slice_rows(fused.source(), 4, 5), factors), factors),
              NaiveMatrix::of(5, 5, [&](uint32_t r, uint32_t c) {
                return fused.at(4 + r, c) * factors[c] * factors[r];
              }));
  expect_same(*scale_columns(add_one(gains.source()), factors),
              NaiveMatrix::of(
                  1, 5, [&](uint32_t, uint32_t c) { return (gains.at(0, c) + 1) * factors[c]; }));
}

}  // namespace
}  // namespace nibble::test
