// Allocations against all choices there are, tried one by one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/allocation.h"

#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "offline/tune/mixed_precision.h"

namespace nibble::offline {
namespace {

/// Matrices with random options, of which larger ones lose less.
std::vector<SchemeOptionList> random_matrices(uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<SchemeOptionList> matrices(5);
  for (SchemeOptionList& options : matrices) {
    uint64_t bytes = 50 + random() % 50;
    double loss = 4 + static_cast<double>(random() % 100);
    for (size_t i = 0; i < 4; ++i) {
      options.push_back({{}, bytes, loss});
      bytes += 1 + random() % 60;
      loss /= 1.5 + static_cast<double>(random() % 3);
    }
  }
  return matrices;
}

/// Calls `visit(bytes, loss)` for every choice.
void try_all(const std::vector<SchemeOptionList>& matrices,
             const std::function<void(uint64_t, double)>& visit, size_t first = 0,
             uint64_t bytes = 0, double loss = 0) {
  if (first == matrices.size()) return visit(bytes, loss);
  for (const SchemeOption& option : matrices[first]) {
    try_all(matrices, visit, first + 1, bytes + option.bytes, loss + option.loss);
  }
}

TEST(Allocator, LosesTheLeastWithinABudget) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    const auto matrices = random_matrices(seed);
    const Allocator allocator(matrices);
    for (uint64_t budget = allocator.least_bytes(); budget <= allocator.most_bytes(); budget += 7) {
      double least = 1e9;
      try_all(matrices, [&](uint64_t bytes, double loss) {
        if (bytes <= budget) least = std::min(least, loss);
      });
      const auto found = allocator.within_bytes(budget);
      ASSERT_TRUE(found.has_value());
      EXPECT_LE(found->bytes, budget);
      EXPECT_NEAR(found->loss, least, 1e-9);
    }
  }
}

TEST(Allocator, TakesTheFewestBytesForALoss) {
  for (uint32_t seed = 0; seed < 8; ++seed) {
    const auto matrices = random_matrices(seed);
    const Allocator allocator(matrices);
    for (double bar = 20; bar < 300; bar += 20) {
      uint64_t fewest = ~uint64_t{0};
      try_all(matrices, [&](uint64_t bytes, double loss) {
        if (loss <= bar) fewest = std::min(fewest, bytes);
      });
      const auto found = allocator.within_loss(bar);
      ASSERT_EQ(found.has_value(), fewest != ~uint64_t{0});
      if (!found) continue;
      EXPECT_LE(found->loss, bar);
      EXPECT_EQ(found->bytes, fewest);
    }
  }
}

TEST(Allocator, SaysWhatItsChoicesAddUpTo) {
  const auto matrices = random_matrices(3);
  const auto found = Allocator(matrices).within_bytes(500);
  ASSERT_TRUE(found.has_value());
  uint64_t bytes = 0;
  for (size_t i = 0; i < matrices.size(); ++i) bytes += matrices[i][found->choices[i]].bytes;
  EXPECT_EQ(found->bytes, bytes);
}

TEST(Allocator, RefusesWhatIsOutOfReach) {
  const Allocator allocator(random_matrices(1));
  EXPECT_FALSE(allocator.within_bytes(allocator.least_bytes() - 1).has_value());
  EXPECT_EQ(allocator.within_bytes(allocator.least_bytes())->bytes, allocator.least_bytes());
  EXPECT_EQ(allocator.within_bytes(~uint64_t{0})->bytes, allocator.most_bytes());
  EXPECT_FALSE(allocator.within_loss(0).has_value());
  EXPECT_EQ(allocator.within_loss(allocator.least_loss())->bytes, allocator.most_bytes());
}

TEST(Allocator, StaysWithinBudgetsThatAreNoWholeSteps) {
  std::vector<SchemeOptionList> matrices(40);
  for (size_t i = 0; i < matrices.size(); ++i) {
    matrices[i] = {{{}, 1'000'003, 2}, {{}, 1'900'001 + i, 1}, {{}, 3'700'009, 0.5}};
  }
  const Allocator allocator(matrices);
  for (const uint64_t budget : {41'000'000, 70'123'457, 100'000'001}) {
    const auto found = allocator.within_bytes(budget);
    ASSERT_TRUE(found.has_value());
    EXPECT_LE(found->bytes, budget);
    EXPECT_GT(found->bytes, budget - 4'000'000);
  }
}

/// 100 matrices that take four bits or eight, which lose a sixteenth.
MixedPrecision four_or_eight_bits() {
  std::vector<MatrixOptions> matrices;
  for (uint16_t layer = 0; layer < 100; ++layer) {
    const double loss = 1 + layer;
    matrices.push_back(
        {"", format::Role::FfnUp, layer, 1000, {{{}, 500, loss}, {{}, 1000, loss / 16}}});
  }
  return MixedPrecision(std::move(matrices));
}

TEST(NextPlan, IsAnotherSizeWhileNothingHasPassed) {
  const MixedPrecision precision = four_or_eight_bits();
  const double loss = 2000, bits = precision.within_loss(loss)->bits_per_weight;
  EXPECT_EQ(next_plan(precision, loss, 0, false)->bits_per_weight, bits);
  EXPECT_EQ(next_plan(precision, loss, 2 * bits, true)->bits_per_weight, bits);
  EXPECT_FALSE(next_plan(precision, loss, bits * 1.005, true).has_value());
  const auto larger = next_plan(precision, loss, bits * 1.005, false);
  ASSERT_TRUE(larger.has_value());
  EXPECT_GT(larger->bits_per_weight, bits * 1.01);
  EXPECT_FALSE(next_plan(precision, 0, precision.most_bits(), false).has_value());
}

}  // namespace
}  // namespace nibble::offline
