// Base and factors of rotary positions come back from the increments made of them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/rotary_keys.h"

#include <gtest/gtest.h>

#include "offline/architectures/rotary.h"

namespace nibble::test {
namespace {

using offline::RopeScaling;
using offline::RotarySettings;

offline::RotaryBasis basis_of(const RotarySettings& settings, uint32_t head_dim) {
  return offline::rotary_basis(offline::rotary_increments(settings, head_dim));
}

RotarySettings settings_of(double theta, RopeScaling scaling = RopeScaling::None,
                           double factor = 1) {
  RotarySettings settings;
  settings.theta = theta;
  settings.scaling = scaling;
  settings.factor = factor;
  return settings;
}

TEST(RotaryBasis, FindsBasesThatModelsHave) {
  for (const double theta : {10000.0, 100000.0, 500000.0, 1000000.0, 10000000.0, 25.0}) {
    for (const uint32_t head_dim : {8u, 64u, 128u, 256u}) {
      const offline::RotaryBasis basis = basis_of(settings_of(theta), head_dim);
      EXPECT_EQ(basis.theta, theta) << head_dim;
      EXPECT_EQ(basis.linear_factor, 1);
      EXPECT_TRUE(basis.factors.empty());
    }
  }
}

TEST(RotaryBasis, FindsLinearScaling) {
  RotarySettings settings = settings_of(10000, RopeScaling::Linear, 4);
  EXPECT_EQ(basis_of(settings, 64).linear_factor, 4);
  EXPECT_EQ(basis_of(settings, 64).theta, 10000);
  settings.factor = 2.5;
  EXPECT_NEAR(basis_of(settings, 64).linear_factor, 2.5, 1e-6);
}

TEST(RotaryBasis, ListsFactorsThatDiffer) {
  RotarySettings settings = settings_of(500000, RopeScaling::Llama3, 32);
  settings.low_frequency_factor = 1;
  settings.high_frequency_factor = 4;
  settings.original_context = 8192;
  const offline::RotaryBasis basis = basis_of(settings, 64);
  EXPECT_EQ(basis.theta, 500000);
  EXPECT_EQ(basis.linear_factor, 1);
  ASSERT_EQ(basis.factors.size(), 32u);
  EXPECT_FLOAT_EQ(basis.factors.front(), 1);
  EXPECT_FLOAT_EQ(basis.factors.back(), 32);
}

}  // namespace
}  // namespace nibble::test
