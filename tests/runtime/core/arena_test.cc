// In an arena measuring and carving agree, and nothing is handed out past the end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/core/arena.h"

#include <gtest/gtest.h>

namespace nibble {
namespace {

struct Carved {
  Span<uint8_t> bytes;
  Span<uint64_t> words;
  Span<float> floats;
};

Carved carve(Arena& arena) {
  return {arena.take<uint8_t>(1), arena.take<uint64_t>(9), arena.take<float>(16)};
}

constexpr size_t kNeeded = 64 + 128 + 64;

TEST(Arena, MeasuresWhatCarvingUses) {
  Arena measuring = Arena::measuring();
  EXPECT_TRUE(carve(measuring).bytes.empty());
  EXPECT_EQ(measuring.used_bytes().value(), kNeeded);

  alignas(kArenaAlignBytes) uint8_t memory[kNeeded];
  Arena arena(memory);
  const Carved carved = carve(arena);
  EXPECT_TRUE(arena.fits());
  EXPECT_EQ(arena.used_bytes().value(), kNeeded);
  EXPECT_EQ(reinterpret_cast<uint8_t*>(carved.words.data()), memory + 64);
  EXPECT_EQ(reinterpret_cast<uint8_t*>(carved.floats.data()), memory + 192);
  EXPECT_EQ(carved.words.size(), 9u);
}

TEST(Arena, EverySmallerMemoryDoesNotFit) {
  alignas(kArenaAlignBytes) uint8_t memory[kNeeded];
  for (size_t bytes = 0; bytes < kNeeded; ++bytes) {
    Arena arena({memory, bytes});
    const Carved carved = carve(arena);
    EXPECT_FALSE(arena.fits()) << bytes;
    EXPECT_TRUE(carved.floats.empty()) << bytes;
  }
}

TEST(Arena, StaysFullOnceSomethingDidNotFit) {
  alignas(kArenaAlignBytes) uint8_t memory[128];
  Arena arena(memory);
  EXPECT_TRUE(arena.take<uint8_t>(129).empty());
  EXPECT_TRUE(arena.take<uint8_t>(1).empty());
  EXPECT_FALSE(arena.fits());
}

TEST(Arena, ASizeThatOverflowsDoesNotFit) {
  alignas(kArenaAlignBytes) uint8_t memory[128];
  for (const uint64_t count : {~uint64_t{0}, ~uint64_t{0} / 8 + 1, (uint64_t{1} << 61) + 1}) {
    Arena arena(memory);
    EXPECT_TRUE(arena.take<uint64_t>(count).empty());
    EXPECT_FALSE(arena.fits());
    Arena measuring = Arena::measuring();
    measuring.take<uint64_t>(count);
    EXPECT_FALSE(measuring.fits());
    EXPECT_EQ(measuring.used_bytes().error(), Error::SizeOverflow);
  }
}

TEST(Arena, TakingNothingCostsNothing) {
  Arena arena = Arena::measuring();
  arena.take<uint64_t>(0);
  EXPECT_EQ(arena.used_bytes().value(), 0u);
  EXPECT_TRUE(arena.fits());
}

TEST(Arena, AlignmentIsThatOfACacheLine) {
  alignas(kArenaAlignBytes) uint8_t memory[128];
  EXPECT_TRUE(is_arena_aligned(memory));
  for (size_t off = 1; off < 64; ++off) EXPECT_FALSE(is_arena_aligned(memory + off));
}

}  // namespace
}  // namespace nibble
