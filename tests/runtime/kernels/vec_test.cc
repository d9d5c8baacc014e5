// Each vector operation of each set that this CPU runs, against the scalar one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <string>

#include "tests/runtime/kernels/operands.h"
#include "tests/runtime/kernels/vector_operations.h"

#define NIBBLE_SET(name)                                        \
  namespace nibble::name {                                      \
  extern const kernel_test::VectorOperations kVectorOperations; \
  }
NIBBLE_KERNEL_SETS
#undef NIBBLE_SET

namespace nibble::kernel_test {
namespace {

struct Vocabulary {
  const char* set;
  const VectorOperations& operations;
};

#define NIBBLE_SET(name) {#name, name::kVectorOperations},
const Vocabulary kVocabularies[] = {NIBBLE_KERNEL_SETS};
#undef NIBBLE_SET
const VectorOperations& kScalar = scalar::kVectorOperations;

float any_float(Random& random) {
  constexpr float kExtremes[] = {0.0f,    -0.0f,     1.0f,   -1.0f,   INFINITY, -INFINITY,
                                 NAN,     0x1p-149f, 1e-38f, -1e-40f, 3e38f,    -3e38f,
                                 0x1p23f, 0x1p-126f, 0.5f,   65520.0f};
  if (random.below(3) == 0) return kExtremes[random.below(16)];
  return std::bit_cast<float>(static_cast<uint32_t>(random.next() >> 32));
}

int32_t any_integer(Random& random) {
  const uint32_t bits = static_cast<uint32_t>(random.next() >> 32);
  return std::bit_cast<int32_t>(bits) >> random.below(32);
}

float scaled_by_power(Random& random, int lowest, int highest) {
  const int power =
      lowest + static_cast<int>(random.below(static_cast<uint32_t>(highest - lowest)));
  const float mantissa = random.between(1.0f, 2.0f);
  return std::ldexp(random.below(2) != 0 ? mantissa : -mantissa, power);
}

/// A number, or a tie between two halves.
float near_half(Random& random) {
  if (random.below(2) == 0) return scaled_by_power(random, -30, 18);
  const double half = half_value(static_cast<uint16_t>(random.below(0x7C00)));
  const double next = half + std::ldexp(1.0, half < 0x1p-14 ? -25 : std::ilogb(half) - 11);
  return static_cast<float>(random.below(2) != 0 ? next : -next);
}

void fill_lane(VecInput& in, uint32_t i, Random& random) {
  in.a[i] = any_float(random);
  in.b[i] = random.below(4) == 0 ? in.a[i] : any_float(random);
  in.near_half[i] = random.below(8) == 0 ? any_float(random) : near_half(random);
  in.normal[i] = scaled_by_power(random, -20, 20);
  in.small[i] = static_cast<float>(static_cast<int32_t>(random.below(1 << 22)) - (1 << 21)) * 0.5f;
  if (random.below(2) != 0) in.small[i] = random.between(-200.0f, 200.0f);
  const float ordered = any_float(random);
  in.ordered[i] = std::isnan(ordered) ? -INFINITY : ordered + 0.0f;
  in.m[i] = any_integer(random);
  in.n[i] = any_integer(random);
  in.exponent[i] = static_cast<int32_t>(random.below(201)) - 100;
  in.exponent_as_float[i] = static_cast<float>(in.exponent[i]);
  in.byte_range[i] = static_cast<int32_t>(random.below(256)) - 128;
  in.half[i] = static_cast<uint16_t>(random.next() >> 48);
  in.i8[i] = static_cast<int8_t>(random.next() >> 56);
  in.u8[i] = static_cast<uint8_t>(random.next() >> 56);
}

bool same_float(float a, float b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b);
}
bool is_nan_half(uint16_t half) {
  return (half & 0x7FFF) > 0x7C00;
}

/// Equal bits; a NaN equals any NaN.
bool same(const VecOutput& a, const VecOutput& b) {
  for (uint32_t i = 0; i < 8; ++i) {
    const bool halves =
        a.halves[i] == b.halves[i] || (is_nan_half(a.halves[i]) && is_nan_half(b.halves[i]));
    if (!same_float(a.floats[i], b.floats[i]) || !halves) return false;
    if (a.integers[i] != b.integers[i] || a.bytes[i] != b.bytes[i]) return false;
  }
  return true;
}

TEST(VecTest, EveryVocabularyHasTheScalarOperations) {
  for (const Vocabulary& vocabulary : kVocabularies) {
    ASSERT_EQ(vocabulary.operations.count, kScalar.count) << vocabulary.set;
    for (uint32_t w = 0; w < kScalar.count; ++w)
      EXPECT_STREQ(vocabulary.operations.list[w].name, kScalar.list[w].name);
  }
}

TEST(VecTest, EveryOperationGivesTheScalarBits) {
  for (const Kernels* kernels : runnable_kernels())
    for (const Vocabulary& vocabulary : kVocabularies) {
      if (std::string(vocabulary.set) != kernels->name) continue;
      Random random(5);
      for (uint32_t round = 0; round < 20000; ++round) {
        VecInput in{};
        for (uint32_t i = 0; i < 8; ++i) fill_lane(in, i, random);
        for (uint32_t w = 0; w < kScalar.count; ++w) {
          VecOutput expected{}, got{};
          kScalar.list[w].run(in, expected);
          vocabulary.operations.list[w].run(in, got);
          ASSERT_TRUE(same(expected, got)) << kScalar.list[w].name << " of " << kernels->name;
        }
      }
    }
}

const VectorOperation& scalar_operation(const std::string& name) {
  for (uint32_t w = 0; w < kScalar.count; ++w)
    if (name == kScalar.list[w].name) return kScalar.list[w];
  ADD_FAILURE() << "no vector operation " << name;
  return kScalar.list[0];
}

TEST(VecTest, ScalarReadsEveryHalf) {
  for (uint32_t half = 0; half < 0x10000; ++half) {
    VecInput in{};
    VecOutput out{};
    in.half[5] = static_cast<uint16_t>(half);
    scalar_operation("f32_load_f16").run(in, out);
    ASSERT_TRUE(same_float(out.floats[5], static_cast<float>(half_value(in.half[5])))) << half;
  }
}

TEST(VecTest, ScalarWritesTheNearestHalf) {
  Random random(9);
  for (uint32_t round = 0; round < 200000; ++round) {
    VecInput in{};
    VecOutput out{};
    const float x = in.near_half[2] = near_half(random);
    scalar_operation("f32_store_f16").run(in, out);
    const double magnitude = std::abs(double{x});
    const uint16_t half = out.halves[2] & 0x7FFF;
    ASSERT_EQ(out.halves[2] >> 15, std::signbit(x));
    if (half == 0x7C00) {
      ASSERT_GE(magnitude, 65520.0);
      continue;
    }
    const double below = half == 0 ? -1.0 : half_value(static_cast<uint16_t>(half - 1));
    const double above = half == 0x7BFF ? 65536.0 : half_value(static_cast<uint16_t>(half + 1));
    const double error = std::abs(half_value(half) - magnitude);
    const bool even = (half & 1) == 0;
    ASSERT_TRUE(error < magnitude - below || (even && error == magnitude - below)) << x;
    ASSERT_TRUE(error < above - magnitude || (even && error == above - magnitude)) << x;
  }
}

}  // namespace
}  // namespace nibble::kernel_test
