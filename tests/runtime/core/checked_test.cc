// Arithmetic that remembers overflow.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/checked.h"

#include <gtest/gtest.h>

namespace nibble {
namespace {

constexpr uint64_t kMost = ~uint64_t{0};

TEST(Checked, ComputesWhatFits) {
  EXPECT_EQ((Checked(3) * 5 + 2).bytes().value(), 17u);
  EXPECT_EQ((Checked(kMost - 1) + 1).value(), kMost);
  EXPECT_TRUE((Checked(kMost - 1) + 1).fits());
}

TEST(Checked, RemembersAnOverflowOfASum) {
  const Checked wrapped = Checked(kMost) + 1;
  EXPECT_FALSE(wrapped.fits());
  EXPECT_FALSE((wrapped * 0 + 1).fits());
  EXPECT_EQ(wrapped.bytes().error(), Error::SizeOverflow);
}

TEST(Checked, RemembersAnOverflowOfAProduct) {
  EXPECT_FALSE((Checked(uint64_t{1} << 32) * (uint64_t{1} << 32)).fits());
  EXPECT_FALSE((Checked(1024819115206086208) * 18).fits());
  EXPECT_FALSE((Checked(1) + Checked(kMost) * 2).fits());
}

TEST(Checked, RemembersAnOverflowOfRoundingUp) {
  EXPECT_EQ(Checked(0).aligned(64).value(), 0u);
  EXPECT_EQ(Checked(1).aligned(64).value(), 64u);
  EXPECT_EQ(Checked(64).aligned(64).value(), 64u);
  EXPECT_TRUE(Checked(kMost - 63).aligned(64).fits());
  EXPECT_FALSE(Checked(kMost - 62).aligned(64).fits());
}

TEST(Checked, AnOverflowIsAtMostNothing) {
  EXPECT_FALSE((Checked(kMost) + 1).at_most(kMost));
  EXPECT_TRUE(Checked(5).at_most(5));
  EXPECT_FALSE(Checked(6).at_most(5));
}

}  // namespace
}  // namespace nibble
