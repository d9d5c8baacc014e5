// Half and bfloat16: exact on the way in, nearest even on the way out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/half.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nibble::offline {
namespace {

TEST(Half, EveryOneSurvivesTheWayThroughFloat) {
  for (uint32_t bits = 0; bits <= 0xFFFF; ++bits) {
    const auto half = static_cast<uint16_t>(bits);
    const float value = float_from_half(half);
    if (std::isnan(value)) {
      EXPECT_EQ(half & 0x7C00, 0x7C00);
      EXPECT_TRUE(std::isnan(float_from_half(half_from_float(value))));
      continue;
    }
    ASSERT_EQ(half_from_float(value), half) << value;
  }
}

TEST(Half, HasTheValueOfItsFields) {
  for (uint32_t bits = 0; bits < 0x7C00; ++bits) {
    const int exponent = static_cast<int>(bits >> 10), fraction = static_cast<int>(bits & 0x3FF);
    const double expected =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    ASSERT_EQ(float_from_half(static_cast<uint16_t>(bits)), expected);
    ASSERT_EQ(float_from_half(static_cast<uint16_t>(bits | 0x8000)), -expected);
  }
}

TEST(Half, RoundsToTheNearestAndTiesToEven) {
  for (uint32_t bits = 0; bits < 0x7BFF; ++bits) {
    const auto below = static_cast<uint16_t>(bits), above = static_cast<uint16_t>(bits + 1);
    const float middle = (float_from_half(below) + float_from_half(above)) / 2;
    const uint16_t even = below % 2 == 0 ? below : above;
    ASSERT_EQ(half_from_float(middle), even);
    ASSERT_EQ(half_from_float(std::nextafter(middle, 0.0f)), below);
    ASSERT_EQ(half_from_float(std::nextafter(middle, 1e9f)), above);
    ASSERT_EQ(half_from_float(-middle), even | 0x8000);
  }
}

TEST(Half, OverflowsToInfinityFromHalfAStepAboveTheLargest) {
  EXPECT_EQ(half_from_float(std::nextafter(65520.0f, 0.0f)), 0x7BFF);
  EXPECT_EQ(half_from_float(65520), 0x7C00);
  EXPECT_EQ(half_from_float(-INFINITY), 0xFC00);
}

TEST(Bfloat, IsTheUpperHalfOfAFloat) {
  EXPECT_EQ(float_from_bfloat(0x3F80), 1);
  EXPECT_EQ(float_from_bfloat(0xC040), -3);
  EXPECT_TRUE(std::isinf(float_from_bfloat(0x7F80)));
}

}  // namespace
}  // namespace nibble::offline
