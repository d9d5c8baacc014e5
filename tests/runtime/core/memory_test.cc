// Tests memcpy and its kin of the bare images, under other names beside the host's own.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#define memcpy bare_memcpy
#define memmove bare_memmove
#define memset bare_memset
#define memcmp bare_memcmp
#include "runtime/core/memory.cc"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp

namespace {

constexpr size_t kMargin = 16;
constexpr size_t kLongest = 40;

std::vector<uint8_t> numbered(size_t bytes) {
  std::vector<uint8_t> data(bytes);
  for (size_t i = 0; i < bytes; ++i) data[i] = static_cast<uint8_t>(i * 7 + 1);
  return data;
}

TEST(Memory, CopiesEveryLengthFromAndToEveryAlignment) {
  const std::vector<uint8_t> source = numbered(2 * kMargin + kLongest);
  for (size_t length = 0; length <= kLongest; ++length)
    for (size_t from = 0; from < kMargin; ++from)
      for (size_t to = 0; to < kMargin; ++to) {
        std::vector<uint8_t> target(2 * kMargin + kLongest, 0xEE), expected = target;
        std::copy_n(source.begin() + static_cast<ptrdiff_t>(from), length,
                    expected.begin() + static_cast<ptrdiff_t>(to));
        EXPECT_EQ(bare_memcpy(&target[to], &source[from], length), &target[to]);
        ASSERT_EQ(target, expected) << length << " " << from << " " << to;
      }
}

TEST(Memory, MovesOverlappingBytesBothWays) {
  for (size_t length = 0; length <= kLongest; ++length)
    for (size_t from = 0; from < kMargin; ++from)
      for (size_t to = 0; to < kMargin; ++to) {
        std::vector<uint8_t> moved = numbered(2 * kMargin + kLongest), expected = moved;
        std::memmove(&expected[to], &expected[from], length);
        EXPECT_EQ(bare_memmove(&moved[to], &moved[from], length), &moved[to]);
        ASSERT_EQ(moved, expected) << length << " " << from << " " << to;
      }
}

TEST(Memory, SetsExactlyTheBytesAsked) {
  for (size_t length = 0; length <= kLongest; ++length)
    for (size_t at = 0; at < kMargin; ++at) {
      std::vector<uint8_t> target = numbered(2 * kMargin + kLongest), expected = target;
      std::fill_n(expected.begin() + static_cast<ptrdiff_t>(at), length, 0xA5);
      EXPECT_EQ(bare_memset(&target[at], 0x1A5, length), &target[at]);
      ASSERT_EQ(target, expected) << length << " " << at;
    }
}

TEST(Memory, ComparesAsUnsignedBytesAtTheFirstDifference) {
  const std::vector<uint8_t> one = numbered(kLongest);
  for (size_t length = 0; length <= kLongest; ++length) {
    EXPECT_EQ(bare_memcmp(one.data(), one.data(), length), 0);
    for (size_t at = 0; at < length; ++at) {
      std::vector<uint8_t> other = one;
      other[at] ^= 0x80;
      if (at + 1 < length) other[at + 1] ^= 0xFF;
      const int expected = one[at] < other[at] ? -1 : 1;
      const int result = bare_memcmp(one.data(), other.data(), length);
      EXPECT_EQ(result < 0 ? -1 : result > 0, expected) << length << " " << at;
    }
  }
}

}  // namespace
