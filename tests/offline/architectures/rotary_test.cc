// Rotary increments against the published formulas, written down a second time in radians.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/architectures/rotary.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nibble::offline {
namespace {

constexpr double kPi = 3.14159265358979323846;

double radians(uint64_t increment) {
  return static_cast<double>(increment) * 0x1p-64 * 2 * kPi;
}

RotarySettings with_theta(double theta) {
  RotarySettings settings;
  settings.theta = theta;
  return settings;
}

double frequency(double theta, size_t pair) {
  return 1 / std::pow(theta, 2.0 * static_cast<double>(pair) / 64);
}

TEST(Rotary, StartsAtOneRadianPerPosition) {
  // 2^64 / 2π, from more digits than any host's long double has.
  constexpr uint64_t kExact = 2935890503282001226;
  EXPECT_LE(rotary_increments(with_theta(10000), 32)[0] - kExact + 2, 4u);
}

TEST(Rotary, FollowsThePowersOfTheta) {
  for (const double theta : {1.0, 10000.0, 500000.0}) {
    const auto increments = rotary_increments(with_theta(theta), 64);
    ASSERT_EQ(increments.size(), 32u);
    for (size_t i = 0; i < increments.size(); ++i) {
      EXPECT_NEAR(radians(increments[i]) / frequency(theta, i), 1, 1e-12);
    }
  }
}

TEST(Rotary, LinearScalingDividesEveryFrequency) {
  RotarySettings settings = with_theta(10000);
  settings.scaling = RopeScaling::Linear;
  settings.factor = 2.5;
  const auto increments = rotary_increments(settings, 64);
  for (size_t i = 0; i < increments.size(); ++i) {
    EXPECT_NEAR(radians(increments[i]) * 2.5 / frequency(10000, i), 1, 1e-12);
  }
}

TEST(Rotary, Llama3ScalingStretchesLongWavesOnly) {
  RotarySettings settings = with_theta(500000);
  settings.scaling = RopeScaling::Llama3;
  settings.factor = 8;
  settings.low_frequency_factor = 1;
  settings.high_frequency_factor = 4;
  settings.original_context = 8192;
  const auto increments = rotary_increments(settings, 64);
  size_t kept = 0, blended = 0, stretched = 0;
  for (size_t i = 0; i < increments.size(); ++i) {
    const double original = frequency(500000, i), wave_length = 2 * kPi / original;
    double expected = original;
    if (wave_length > 8192 / 1.0) {
      expected = original / 8;
      ++stretched;
    } else if (wave_length >= 8192 / 4.0) {
      const double smooth = (8192 / wave_length - 1) / (4 - 1);
      expected = (1 - smooth) * original / 8 + smooth * original;
      ++blended;
    } else {
      ++kept;
    }
    EXPECT_NEAR(radians(increments[i]) / expected, 1, 1e-12) << i;
  }
  EXPECT_GT(kept, 0u);
  EXPECT_GT(blended, 0u);
  EXPECT_GT(stretched, 0u);
}

}  // namespace
}  // namespace nibble::offline
