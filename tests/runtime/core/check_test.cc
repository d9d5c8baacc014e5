// NIBBLE_CHECK: a broken precondition stops the program with its location, or costs nothing.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>
#include <nibble/span.h>
#include <nibble/status.h>

#include "runtime/core/align.h"
#include "runtime/core/arena.h"
#include "runtime/core/utf8.h"

namespace nibble {
namespace {

constexpr bool passes(bool condition) {
  NIBBLE_CHECK(condition);
  return true;
}
static_assert(passes(true));

#ifdef NIBBLE_CHECKS

int numbers[] = {1, 2, 3};
const Span<int> kThree(numbers);

TEST(CheckDeathTest, SaysWhatWasBrokenAndWhere) {
  EXPECT_DEATH(kThree[3], "nibble: index < size_ at .*nibble/span.h:[1-9][0-9]*\n");
  EXPECT_DEATH(passes(false), "nibble: condition at .*core/check_test.cc:[1-9][0-9]*\n");
}

TEST(CheckDeathTest, PartsOfASpanAreInsideIt) {
  EXPECT_EQ(kThree[2], 3);
  EXPECT_EQ(kThree.first(3).size(), 3u);
  EXPECT_TRUE(kThree.from(3).empty());
  EXPECT_TRUE(kThree.slice(3, 0).empty());
  EXPECT_DEATH(kThree.first(4), "count <= size_");
  EXPECT_DEATH(kThree.from(4), "count <= size_");
  EXPECT_DEATH(kThree.slice(4, 0), "begin <= size_");
  EXPECT_DEATH(kThree.slice(1, SIZE_MAX), "count <= size_ - begin");
  EXPECT_DEATH(utf8_prefix({}), "index < size_");
}

TEST(CheckDeathTest, AFailureHasNoValueAndIsNotNone) {
  EXPECT_DEATH((void)Result<int>(Error::Busy).value(), "ok\\(\\)");
  EXPECT_DEATH(Status(Error::Busy).value(), "ok\\(\\)");
  EXPECT_DEATH((void)Result<int>(Error::None), "failure.error != Error::None");
}

TEST(CheckDeathTest, CoreStatesItsPreconditions) {
  alignas(kArenaAlignBytes) uint8_t memory[128];
  EXPECT_DEATH(Arena({memory + 1, 64}), "is_arena_aligned");
  EXPECT_DEATH((void)(Checked(UINT64_MAX) + 1).value(), "fits\\(\\)");
  EXPECT_DEATH((void)Checked(1).aligned(3), "is_power_of_two");
  EXPECT_DEATH(align_up(1u, 3u), "is_power_of_two");
  EXPECT_DEATH(align_up(UINT32_MAX, 64u), "value <= ");
}

#else

// A check that did anything would be no constant.
static_assert(passes(false));

TEST(Check, IsNotEvaluatedInReleaseBuilds) {
  int evaluated = 0;
  NIBBLE_CHECK(++evaluated == 0);
  EXPECT_EQ(evaluated, 0);
}

#endif

TEST(AlignUp, IsTheFirstMultipleThatIsNotBelow) {
  static_assert(align_up(0u, 64u) == 0 && align_up(1u, 64u) == 64 && align_up(64u, 64u) == 64);
  static_assert(align_up<uint64_t>(UINT64_MAX - 63, 64) == UINT64_MAX - 63);
  static_assert(align_up<uint64_t>((uint64_t{1} << 40) + 1, 8) == (uint64_t{1} << 40) + 8);
  static_assert(is_power_of_two(1) && !is_power_of_two(0) && !is_power_of_two(96));
}

}  // namespace
}  // namespace nibble
