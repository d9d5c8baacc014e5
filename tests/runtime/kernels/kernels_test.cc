// Every kernel of every set this CPU runs, against plain double-precision loops.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <string>

#include "tests/runtime/kernels/operands.h"

namespace nibble::kernel_test {
namespace {

using format::Activation;
using format::KvType;
using format::TensorType;

class KernelsTest : public testing::TestWithParam<const Kernels*> {
 protected:
  const Kernels& kernels() const { return *GetParam(); }
  Random random_{7};
};

INSTANTIATE_TEST_SUITE_P(Sets, KernelsTest, testing::ValuesIn(runnable_kernels()),
                         [](const auto& one) { return std::string(one.param->name); });

void expect_zero_padding(const FloatOperand& out, uint32_t rows, uint32_t width) {
  for (uint32_t r = 0; r < rows; ++r)
    for (uint32_t i = width; i < out.padded_width(); ++i)
      ASSERT_EQ(std::bit_cast<uint32_t>(out.row(r)[i]), 0u) << "row " << r << " column " << i;
}

double silu(double x) {
  return x / (1.0 + std::exp(-x));
}

TEST_P(KernelsTest, EmbedGivesTheWeightsOfEachTokensRow) {
  for (TensorType type :
       {TensorType::F16, TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    const uint32_t k = 160;
    const MatrixOperand table(type, 96, k, type == TensorType::F16 ? 0 : 128, Fill::Random,
                              random_);
    const uint32_t tokens[] = {0, 95, 33, 7};
    FloatOperand out(4, k);
    out.spoil();
    kernels().embed({.table = table.matrix(),
                     .tokens = tokens,
                     .rows = nullptr,
                     .scale_bits = 0,
                     .accumulate = false,
                     .out = out.rows()},
                    0, 4);
    for (uint32_t t = 0; t < 4; ++t)
      for (uint32_t j = 0; j < k; ++j)
        ASSERT_EQ(out.row(t)[j], static_cast<float>(table.weight(tokens[t], j)));
  }
}

TEST_P(KernelsTest, EmbedScalesAddsAndTakesRowsOfPositions) {
  for (TensorType type : {TensorType::F16, TensorType::Int8}) {
    const uint32_t k = 100, position = 40;
    const MatrixOperand table(type, 64, k, type == TensorType::F16 ? 0 : 32, Fill::Random, random_);
    FloatOperand before(3, k, -1.0f, 1.0f, random_), out = before;
    const PlacesOperand places(position, 3);
    const float scale = 25.298f;
    kernels().embed({.table = table.matrix(),
                     .tokens = nullptr,
                     .rows = places.data(),
                     .scale_bits = std::bit_cast<uint32_t>(scale),
                     .accumulate = true,
                     .out = out.rows()},
                    0, 3);
    for (uint32_t t = 0; t < 3; ++t)
      for (uint32_t j = 0; j < k; ++j) {
        // A statement of its own: in one with the sum, the compiler may fuse the two.
        const float scaled = static_cast<float>(table.weight(position + t, j)) * scale;
        ASSERT_EQ(out.row(t)[j], before.row(t)[j] + scaled);
      }
  }
}

TEST_P(KernelsTest, RmsNormDividesByTheRootMeanSquare) {
  for (uint32_t width : {32u, 100u, 576u}) {
    FloatOperand in(3, width, -4.0f, 4.0f, random_), gain(1, width, 0.5f, 2.0f, random_);
    FloatOperand out(3, width);
    out.spoil();
    kernels().rms_norm({.in = in.rows(),
                        .gain = gain.row(0),
                        .bias = nullptr,
                        .width = width,
                        .segment = width,
                        .epsilon_bits = std::bit_cast<uint32_t>(1e-5f),
                        .out = out.rows(),
                        .quantized_out = {}},
                       0, 3);
    for (uint32_t r = 0; r < 3; ++r) {
      double squares = 0;
      for (uint32_t i = 0; i < width; ++i) squares += double{in.row(r)[i]} * in.row(r)[i];
      const double factor = 1.0 / std::sqrt(squares / width + double{1e-5f});
      for (uint32_t i = 0; i < width; ++i) {
        const double expected = in.row(r)[i] * factor * gain.row(0)[i];
        ASSERT_NEAR(out.row(r)[i], expected, 2e-6 * std::abs(expected));
      }
    }
    expect_zero_padding(out, 3, width);
  }
}

/// What a norm makes of one number, in double precision.
double normalized(const FloatOperand& in, const NormArguments& a, bool is_centered, uint32_t row,
                  uint32_t column) {
  const float* const x = in.row(row) + column / a.segment * a.segment;
  double mean = 0, squares = 0;
  for (uint32_t i = 0; i < a.segment && is_centered; ++i)
    mean += x[i] / static_cast<double>(a.segment);
  for (uint32_t i = 0; i < a.segment; ++i) squares += (x[i] - mean) * (x[i] - mean);
  const double epsilon = std::bit_cast<float>(a.epsilon_bits);
  return (in.row(row)[column] - mean) / std::sqrt(squares / a.segment + epsilon) * a.gain[column] +
         (a.bias != nullptr ? a.bias[column] : 0);
}

TEST_P(KernelsTest, LayerNormCentersAndDividesByTheDeviation) {
  for (uint32_t width : {8u, 32u, 100u, 173u, 576u})
    for (const bool has_bias : {false, true}) {
      FloatOperand in(3, width, 1.0f, 4.0f, random_), gain(1, width, 0.5f, 2.0f, random_);
      FloatOperand bias(1, width, -1.0f, 1.0f, random_), out(3, width);
      out.spoil();
      const NormArguments norm{.in = in.rows(),
                               .gain = gain.row(0),
                               .bias = has_bias ? bias.row(0) : nullptr,
                               .width = width,
                               .segment = width,
                               .epsilon_bits = std::bit_cast<uint32_t>(1e-5f),
                               .out = out.rows(),
                               .quantized_out = {}};
      kernels().layer_norm(norm, 0, 3);
      for (uint32_t r = 0; r < 3; ++r)
        for (uint32_t i = 0; i < width; ++i)
          ASSERT_NEAR(out.row(r)[i], normalized(in, norm, true, r, i), 5e-6) << width << " " << i;
      expect_zero_padding(out, 3, width);
    }
}

TEST_P(KernelsTest, NormsOfSegmentsNormalizeEachHeadInPlace) {
  for (const bool is_centered : {false, true})
    for (uint32_t segment : {8u, 24u, 64u}) {
      const uint32_t width = 3 * segment;
      FloatOperand in(2, width, -4.0f, 4.0f, random_), gain(1, width, 0.5f, 2.0f, random_);
      FloatOperand out = in;
      const NormArguments norm{.in = out.rows(),
                               .gain = gain.row(0),
                               .bias = nullptr,
                               .width = width,
                               .segment = segment,
                               .epsilon_bits = std::bit_cast<uint32_t>(1e-6f),
                               .out = out.rows(),
                               .quantized_out = {}};
      (is_centered ? kernels().layer_norm : kernels().rms_norm)(norm, 0, 2);
      for (uint32_t r = 0; r < 2; ++r)
        for (uint32_t i = 0; i < width; ++i)
          ASSERT_NEAR(out.row(r)[i], normalized(in, norm, is_centered, r, i), 5e-6) << segment;
      expect_zero_padding(out, 2, width);
    }
}

TEST_P(KernelsTest, QuantizedNormIsTheNormThenQuantized) {
  for (uint32_t group : {32u, 64u, 128u}) {
    const uint32_t width = 288;
    FloatOperand in(2, width, -4.0f, 4.0f, random_), gain(1, width, 0.5f, 2.0f, random_);
    FloatOperand normed(2, width);
    QuantizedOperand two_steps(2, width, group), one_step(2, width, group);
    NormArguments norm{.in = in.rows(),
                       .gain = gain.row(0),
                       .bias = nullptr,
                       .width = width,
                       .segment = width,
                       .epsilon_bits = std::bit_cast<uint32_t>(1e-5f),
                       .out = normed.rows(),
                       .quantized_out = {}};
    norm.bias = gain.row(0);
    for (const auto kernel : {kernels().rms_norm, kernels().layer_norm}) {
      norm.out = normed.rows();
      norm.quantized_out = {};
      kernel(norm, 0, 2);
      kernels().quantize({normed.rows(), width, two_steps.rows()}, 0, 2);
      norm.out = {};
      norm.quantized_out = one_step.rows();
      kernel(norm, 0, 2);
      EXPECT_EQ(one_step.bytes().copy(), two_steps.bytes().copy());
    }
  }
}

TEST_P(KernelsTest, QuantizeIsWithinHalfAStep) {
  for (uint32_t width : {8u, 100u, 160u, 1536u}) {
    FloatOperand in(2, width, -3.0f, 5.0f, random_);
    QuantizedOperand out(2, width, 128);
    kernels().quantize({in.rows(), width, out.rows()}, 0, 2);
    for (uint32_t r = 0; r < 2; ++r)
      for (uint32_t begin = 0; begin < in.padded_width(); begin += 128) {
        float amax = 0;
        int32_t sum = 0;
        for (uint32_t i = begin; i < std::min(begin + 128, in.padded_width()); ++i) {
          amax = std::max(amax, std::abs(in.row(r)[i]));
          sum += out.code(r, i);
          ASSERT_NEAR(in.row(r)[i], double{out.scale(r, i)} * out.code(r, i),
                      0.500001 * out.scale(r, i));
        }
        ASSERT_EQ(out.scale(r, begin), amax / 127.0f);
        ASSERT_EQ(out.sum(r, begin), sum);
      }
  }
}

TEST_P(KernelsTest, QuantizeDefinesZeroTiesInfinityAndNaN) {
  FloatOperand in(5, 32);
  QuantizedOperand out(5, 32, 32);
  in.row(1)[0] = 1e-31f;                                             // vanishes
  in.row(2)[0] = 127.0f, in.row(2)[1] = 2.5f, in.row(2)[2] = -3.5f;  // ties to even
  in.row(3)[0] = INFINITY, in.row(3)[1] = 1.0f;
  in.row(4)[0] = NAN, in.row(4)[1] = 1.0f;
  kernels().quantize({in.rows(), 32, out.rows()}, 0, 5);
  for (uint32_t r : {0u, 1u}) {
    EXPECT_EQ(out.scale(r, 0), 0.0f);
    EXPECT_EQ(out.sum(r, 0), 0);
    for (uint32_t i = 0; i < 32; ++i) EXPECT_EQ(out.code(r, i), 0);
  }
  EXPECT_EQ(out.code(2, 0), 127);
  EXPECT_EQ(out.code(2, 1), 2);
  EXPECT_EQ(out.code(2, 2), -4);
  EXPECT_EQ(out.scale(3, 0), INFINITY);
  EXPECT_EQ(out.code(3, 0), -127);
  EXPECT_EQ(out.code(3, 1), 0);
  EXPECT_EQ(out.code(4, 0), -127);
  EXPECT_EQ(out.code(4, 1), 127);
}

TEST_P(KernelsTest, MatMulOfIntegersIsTheScaledSum) {
  for (TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero})
    for (uint32_t group : {32u, 64u, 128u})
      for (uint32_t count : {1u, 5u}) {
        const uint32_t rows = 64, k = 288;
        const MatrixOperand weights(type, rows, k, group, Fill::Random, random_);
        QuantizedOperand in(count, k, group, Fill::Random, random_);
        FloatOperand out(count, rows);
        out.spoil();
        kernels().matmul({.weights = weights.matrix(),
                          .in = {},
                          .quantized_in = in.rows(),
                          .count = count,
                          .in_streams = true,
                          .bias = nullptr,
                          .accumulate = false,
                          .out = out.rows()},
                         0, 2);
        for (uint32_t t = 0; t < count; ++t)
          for (uint32_t r = 0; r < rows; ++r) {
            double expected = 0, magnitude = 0;
            for (uint32_t j = 0; j < k; ++j) {
              const double product = weights.weight(r, j) * in.code(t, j) * double{in.scale(t, j)};
              expected += product;
              magnitude += std::abs(product);
            }
            ASSERT_NEAR(out.row(t)[r], expected, 1e-6 * magnitude);
          }
      }
}

TEST_P(KernelsTest, MatMulOfHalvesIsTheSum) {
  for (uint32_t count : {1u, 3u, 6u}) {
    const uint32_t rows = 64, k = 288;
    const MatrixOperand weights(TensorType::F16, rows, k, 0, Fill::Random, random_);
    FloatOperand in(count, k, -2.0f, 2.0f, random_), out(count, rows);
    out.spoil();
    kernels().matmul({.weights = weights.matrix(),
                      .in = in.rows(),
                      .quantized_in = {},
                      .count = count,
                      .in_streams = true,
                      .bias = nullptr,
                      .accumulate = false,
                      .out = out.rows()},
                     0, 2);
    for (uint32_t t = 0; t < count; ++t)
      for (uint32_t r = 0; r < rows; ++r) {
        double expected = 0, magnitude = 0;
        for (uint32_t j = 0; j < k; ++j) {
          expected += weights.weight(r, j) * in.row(t)[j];
          magnitude += std::abs(weights.weight(r, j) * in.row(t)[j]);
        }
        ASSERT_NEAR(out.row(t)[r], expected, 1e-5 * magnitude);
      }
  }
}

TEST_P(KernelsTest, MatMulAddsTheBiasThenWhatWasThere) {
  const MatrixOperand weights(TensorType::Int8, 32, 64, 64, Fill::Random, random_);
  QuantizedOperand in(2, 64, 64, Fill::Random, random_);
  FloatOperand bias(1, 32, -1.0f, 1.0f, random_), plain(2, 32), out(2, 32, -9.0f, 9.0f, random_);
  const FloatOperand before = out;
  MatMulArguments arguments{.weights = weights.matrix(),
                            .in = {},
                            .quantized_in = in.rows(),
                            .count = 2,
                            .in_streams = false,
                            .bias = nullptr,
                            .accumulate = false,
                            .out = plain.rows()};
  kernels().matmul(arguments, 0, 1);
  arguments.bias = bias.row(0);
  arguments.accumulate = true;
  arguments.out = out.rows();
  kernels().matmul(arguments, 0, 1);
  for (uint32_t t = 0; t < 2; ++t)
    for (uint32_t r = 0; r < 32; ++r)
      ASSERT_EQ(out.row(t)[r], (plain.row(t)[r] + bias.row(0)[r]) + before.row(t)[r]);
}

TEST_P(KernelsTest, AnglesAreCosinesAndSinesOfExactPhases) {
  const uint32_t pairs = 20, rows = 3, position = 1000003;
  std::vector<uint64_t> increments(pairs);
  for (uint64_t& increment : increments) increment = random_.next();
  FloatOperand out(rows, 2 * pairs);
  out.spoil();
  kernels().rotary_table(
      {increments.data(), pairs, PlacesOperand(position, rows).data(), out.rows()}, 0, rows);
  for (uint32_t r = 0; r < rows; ++r)
    for (uint32_t i = 0; i < pairs; ++i) {
      const uint64_t phase = (uint64_t{position} + r) * increments[i];
      const long double turns = static_cast<long double>(phase) * 0x1p-64L;
      const long double radians = turns * 6.283185307179586476925L;
      ASSERT_NEAR(out.row(r)[i], static_cast<double>(std::cos(radians)), 1e-7);
      ASSERT_NEAR(out.row(r)[pairs + i], static_cast<double>(std::sin(radians)), 1e-7);
    }
  expect_zero_padding(out, rows, 2 * pairs);
}

TEST_P(KernelsTest, SineAndCosineStayWithinTheirBound) {
  // One position walks the whole turn in steps that miss no eighth.
  constexpr uint32_t kPairs = 1 << 16;
  std::vector<uint64_t> increments(kPairs);
  for (uint32_t i = 0; i < kPairs; ++i)
    increments[i] = (uint64_t{i} << 48) + (random_.next() >> 16);
  FloatOperand out(1, 2 * kPairs);
  kernels().rotary_table({increments.data(), kPairs, PlacesOperand(1, 1).data(), out.rows()}, 0, 1);
  double worst = 0;
  for (uint32_t i = 0; i < kPairs; ++i) {
    const long double radians =
        static_cast<long double>(increments[i]) * 0x1p-64L * 6.283185307179586476925L;
    worst = std::max(worst, std::abs(out.row(0)[i] - static_cast<double>(std::cos(radians))));
    worst =
        std::max(worst, std::abs(out.row(0)[kPairs + i] - static_cast<double>(std::sin(radians))));
  }
  RecordProperty("worst", std::to_string(worst * 1e9) + "e-9");
  EXPECT_LE(worst, 1e-7);
}

TEST_P(KernelsTest, RotateTurnsEachPairOfEachHead) {
  for (uint32_t d : {8u, 24u, 48u, 64u}) {
    const uint32_t heads = 3, pairs = d / 2;
    FloatOperand angles(2, d, -1.0f, 1.0f, random_), values(2, heads * d, -3.0f, 3.0f, random_);
    const FloatOperand before = values;
    kernels().rotate({angles.rows(), pairs, heads, d, values.rows()}, 0, 2);
    for (uint32_t r = 0; r < 2; ++r)
      for (uint32_t h = 0; h < heads; ++h)
        for (uint32_t i = 0; i < pairs; ++i) {
          const double c = angles.row(r)[i], s = angles.row(r)[pairs + i];
          const double x = before.row(r)[h * d + i], y = before.row(r)[h * d + pairs + i];
          ASSERT_NEAR(values.row(r)[h * d + i], x * c - y * s, 1e-6);
          ASSERT_NEAR(values.row(r)[h * d + pairs + i], y * c + x * s, 1e-6);
        }
  }
}

constexpr KvType kKvTypes[] = {KvType::F16, KvType::Int8, KvType::Hybrid, KvType::Int4};

/// The largest power of two, at most 64, that divides the dimension of a head.
uint32_t transform_length(uint32_t d) {
  uint32_t length = 64;
  while (d % length != 0) length /= 2;
  return length;
}
/// The Hadamard transform of a head by its matrix: +1 or −1 by the parity of shared index bits.
double transformed(const float* head, uint32_t d, uint32_t i) {
  const uint32_t length = transform_length(d);
  double sum = 0;
  for (uint32_t j = i / length * length; j < (i / length + 1) * length; ++j)
    sum += std::popcount(i & j & (length - 1)) % 2 == 0 ? head[j] : -double{head[j]};
  return sum;
}

TEST_P(KernelsTest, StoreKeepsKeysAndValuesToTheCachesPrecision) {
  for (KvType type : kKvTypes)
    for (uint32_t d : {8u, 24u, 48u, 64u, 96u, 160u, 256u}) {
      const uint32_t kv_heads = 2, position = 30, rows = 5;
      CacheOperand cache(type, 70, kv_heads, d);
      FloatOperand keys(rows, kv_heads * d, -3.0f, 3.0f, random_);
      FloatOperand values(rows, kv_heads * d, -3.0f, 3.0f, random_);
      const PlacesOperand places(cache.cache(), position, rows);
      kernels().append_kv({keys.rows(), values.rows(), places.data(), 0}, 0, rows);
      const bool is_int4 = type == KvType::Int4;
      // Half a step of at most 6 / 15, and as much where the zero point is rounded.
      const double f16 = 3.0 / 2048, int8 = 3.0 / 127 * 0.50001, int4 = 6.0 / 15 * 1.001;
      const double key_tolerance = type == KvType::F16 ? f16 : is_int4 ? int4 : int8;
      const double value_tolerance = type == KvType::F16 ? f16 : type == KvType::Int8 ? int8 : int4;
      for (uint32_t r = 0; r < rows; ++r)
        for (uint32_t i = 0; i < kv_heads * d; ++i) {
          const float* head = keys.row(r) + i / d * d;
          ASSERT_NEAR(cache.key(i / d, position + r, i % d),
                      is_int4 ? transformed(head, d, i % d) / transform_length(d) : head[i % d],
                      key_tolerance);
          ASSERT_NEAR(cache.value(i / d, position + r, i % d), values.row(r)[i], value_tolerance);
        }
    }
}

struct AttentionShape {
  KvType type;
  uint32_t heads, kv_heads, d, position, rows, window = 0;
  double cap = 0;
};

void expect_attention(const Kernels& kernels, const AttentionShape& s, Random& random) {
  const uint32_t positions = s.position + s.rows;
  CacheOperand cache(s.type, format::cached_positions(positions, s.window, s.rows), s.kv_heads, s.d,
                     s.window);
  FloatOperand keys(positions, s.kv_heads * s.d, -2.0f, 2.0f, random);
  FloatOperand values(positions, s.kv_heads * s.d, -2.0f, 2.0f, random);
  const PlacesOperand stored(cache.cache(), 0, positions);
  kernels.append_kv({keys.rows(), values.rows(), stored.data(), 0}, 0, positions);
  FloatOperand queries(s.rows, s.heads * s.d, -2.0f, 2.0f, random), out(s.rows, s.heads * s.d);
  out.spoil();
  const float scale = 1.0f / std::sqrt(static_cast<float>(s.d));
  const PlacesOperand places(cache.cache(), s.position, s.rows);
  kernels.attend({queries.rows(), s.heads, places.data(), s.rows, 0, std::bit_cast<uint32_t>(scale),
                  std::bit_cast<uint32_t>(static_cast<float>(s.cap)), out.rows()},
                 0, s.rows * s.kv_heads);
  const double tolerance = s.type == KvType::F16 ? 1e-5 : 2e-2;  // an INT8 cache rounds the query
  for (uint32_t r = 0; r < s.rows; ++r)
    for (uint32_t h = 0; h < s.heads; ++h) {
      const uint32_t kv = h / (s.heads / s.kv_heads), visible = s.position + r + 1;
      std::vector<double> weights(visible), expected(s.d), query(s.d);
      const float* head = queries.row(r) + h * s.d;
      for (uint32_t i = 0; i < s.d; ++i)
        query[i] = s.type == KvType::Int4 ? transformed(head, s.d, i) : head[i];
      double sum = 0;
      const uint32_t first = s.window != 0 && visible > s.window ? visible - s.window : 0;
      for (uint32_t p = first; p < visible; ++p) {
        double score = 0;
        for (uint32_t i = 0; i < s.d; ++i) score += query[i] * cache.key(kv, p, i);
        score *= double{scale};
        if (s.cap != 0) score = s.cap * std::tanh(score / s.cap);
        sum += weights[p] = std::exp(score);
      }
      for (uint32_t p = first; p < visible; ++p)
        for (uint32_t i = 0; i < s.d; ++i) expected[i] += weights[p] / sum * cache.value(kv, p, i);
      for (uint32_t i = 0; i < s.d; ++i)
        ASSERT_NEAR(out.row(r)[h * s.d + i], expected[i], tolerance)
            << "d " << s.d << " row " << r << " head " << h;
    }
  expect_zero_padding(out, s.rows, s.heads * s.d);
}

TEST_P(KernelsTest, AttendIsTheSoftmaxWeightedMeanOfValues) {
  for (KvType type : kKvTypes) {
    for (uint32_t d : {8u, 24u, 32u, 48u, 64u, 96u, 128u, 136u, 160u, 256u})
      expect_attention(kernels(), {type, 3, 1, d, 40, 2}, random_);
    expect_attention(kernels(), {type, 1, 1, 16, 0, 1}, random_);
    expect_attention(kernels(), {type, 4, 2, 64, 126, 4}, random_);  // over a chunk's end
    expect_attention(kernels(), {type, 2, 2, 32, 300, 1}, random_);
  }
}

TEST_P(KernelsTest, AttendSeesItsWindowAlone) {
  for (KvType type : kKvTypes)
    for (uint32_t window : {1u, 7u, 128u, 200u})
      for (uint32_t position : {0u, 5u, 130u, 700u})
        expect_attention(kernels(), {type, 4, 2, 48, position, 5, window}, random_);
}

TEST_P(KernelsTest, AttendCapsItsScores) {
  for (KvType type : kKvTypes)
    for (double cap : {0.5, 3.0, 50.0})
      expect_attention(kernels(), {type, 3, 1, 64, 140, 2, 0, cap}, random_);
}

TEST_P(KernelsTest, AttendIgnoresWhatWasNeverStored) {
  for (KvType type : kKvTypes) {
    const uint32_t d = 32, positions = 37;
    CacheOperand cache(type, 160, 1, d);
    FloatOperand rows(160, d, -1.0f, 1.0f, random_), queries(1, d, -1.0f, 1.0f, random_);
    const PlacesOperand stored(cache.cache(), 0, 160);
    kernels().append_kv({rows.rows(), rows.rows(), stored.data(), 0}, 0, 160);
    FloatOperand clean(1, d), dirty(1, d);
    const PlacesOperand place(cache.cache(), positions - 1, 1);
    AttendArguments arguments{
        queries.rows(), 1, place.data(), 1, 0, std::bit_cast<uint32_t>(0.2f), 0, clean.rows()};
    kernels().attend(arguments, 0, 1);
    cache.spoil_from(positions);
    arguments.out = dirty.rows();
    kernels().attend(arguments, 0, 1);
    EXPECT_EQ(clean.bytes().copy(), dirty.bytes().copy());
  }
}

TEST_P(KernelsTest, RowsOfSeveralSequencesAreComputedAsIfAlone) {
  for (KvType type : kKvTypes) {
    const uint32_t d = 32, heads = 4, kv_heads = 2;
    const std::array<std::pair<uint32_t, uint32_t>, 3> sequences{{{200, 1}, {0, 3}, {33, 2}}};
    FloatOperand keys(6, kv_heads * d, -1.0f, 1.0f, random_), queries(6, heads * d, -1, 1, random_);
    FloatOperand together(6, heads * d), alone(6, heads * d),
        history(200, kv_heads * d, -1, 1, random_);
    std::vector<CacheOperand> caches(3, CacheOperand(type, 201, kv_heads, d));
    PlacesOperand places(0, 0);
    for (uint32_t s = 0; s < 3; ++s) {
      const auto [position, rows] = sequences[s];
      const PlacesOperand before(caches[s].cache(), 0, position);
      kernels().append_kv({history.rows(), history.rows(), before.data(), 0}, 0, position);
      places.append(caches[s].cache(), position, rows);
    }
    kernels().append_kv({keys.rows(), keys.rows(), places.data(), 0}, 0, 6);
    const uint32_t scale_bits = std::bit_cast<uint32_t>(0.2f);
    kernels().attend({queries.rows(), heads, places.data(), 6, 0, scale_bits, 0, together.rows()},
                     0, 6 * kv_heads);
    for (uint32_t row = 0; row < 6; ++row)
      kernels().attend({{queries.row(row), 0},
                        heads,
                        places.data() + row,
                        1,
                        0,
                        scale_bits,
                        0,
                        {alone.row(row), 0}},
                       0, kv_heads);
    EXPECT_EQ(together.bytes().copy(), alone.bytes().copy());
  }
}

TEST_P(KernelsTest, GateIsSiluTimesUp) {
  const uint32_t width = 100;
  FloatOperand gate(2, width, -100.0f, 100.0f, random_), up(2, width, -2.0f, 2.0f, random_);
  FloatOperand out(2, width);
  out.spoil();
  kernels().gated_activation(
      {gate.rows(), up.rows(), width, format::Activation::Silu, 0, out.rows(), {}}, 0, 2);
  for (uint32_t r = 0; r < 2; ++r)
    for (uint32_t i = 0; i < width; ++i) {
      const double expected = silu(gate.row(r)[i]) * up.row(r)[i];
      ASSERT_NEAR(out.row(r)[i], expected, 1e-6 * std::abs(expected) + 1e-35);
    }
  expect_zero_padding(out, 2, width);
}

double defined_activation(Activation activation, double x, double cap) {
  switch (activation) {
    case Activation::GeluTanh:
      return 0.5 * x *
             (1 + std::tanh(std::sqrt(2 / 3.14159265358979323846) * (x + 0.044715 * x * x * x)));
    case Activation::GeluErf:
      return 0.5 * x * std::erfc(-x / std::sqrt(2.0));
    case Activation::Relu:
      return x > 0 ? x : 0;
    case Activation::QuickGelu:
      return x / (1 + std::exp(-1.702 * x));
    case Activation::SoftCap:
      return cap * std::tanh(x / cap);
    default:
      return silu(x);
  }
}

TEST_P(KernelsTest, ActivationsAreTheirDefinitionsWithinABound) {
  for (uint32_t kind = 0; kind < static_cast<uint32_t>(Activation::Count); ++kind)
    for (const float magnitude : {0.01f, 1.0f, 6.0f, 90.0f}) {
      const auto activation = static_cast<Activation>(kind);
      const uint32_t width = 1001;
      const float cap = 30;
      FloatOperand x(2, width, -magnitude, magnitude, random_), out = x;
      kernels().gated_activation(
          {out.rows(), {}, width, activation, std::bit_cast<uint32_t>(cap), out.rows(), {}}, 0, 2);
      for (uint32_t r = 0; r < 2; ++r)
        for (uint32_t i = 0; i < width; ++i) {
          const double input = x.row(r)[i], expected = defined_activation(activation, input, cap);
          // A capped number is the rest of 1 after a sum of that size.
          const double bound = activation == Activation::SoftCap ? 1e-7 * cap * 2 : 1e-7;
          ASSERT_NEAR(out.row(r)[i], expected, bound + 4e-7 * std::abs(expected))
              << "activation " << kind << " of " << input;
        }
      expect_zero_padding(out, 2, width);
    }
}

TEST_P(KernelsTest, QuantizedGateIsTheGateThenQuantized) {
  const uint32_t width = 288;
  FloatOperand gate(2, width, -9.0f, 9.0f, random_), up(2, width, -2.0f, 2.0f, random_);
  FloatOperand floats(2, width);
  QuantizedOperand two_steps(2, width, 128), one_step(2, width, 128);
  kernels().gated_activation(
      {gate.rows(), up.rows(), width, format::Activation::Silu, 0, floats.rows(), {}}, 0, 2);
  kernels().quantize({floats.rows(), width, two_steps.rows()}, 0, 2);
  kernels().gated_activation(
      {gate.rows(), up.rows(), width, format::Activation::Silu, 0, {}, one_step.rows()}, 0, 2);
  EXPECT_EQ(one_step.bytes().copy(), two_steps.bytes().copy());
}

TEST_P(KernelsTest, AddAdds) {
  FloatOperand in(2, 100, -2.0f, 2.0f, random_), out(2, 100, -2.0f, 2.0f, random_);
  const FloatOperand before = out;
  kernels().add({in.rows(), 100, out.rows()}, 0, 2);
  for (uint32_t r = 0; r < 2; ++r)
    for (uint32_t i = 0; i < 100; ++i) ASSERT_EQ(out.row(r)[i], before.row(r)[i] + in.row(r)[i]);
  expect_zero_padding(out, 2, 100);
}

TEST_P(KernelsTest, ExponentiateIsWithinTwoUlp) {
  std::vector<float> in, out;
  for (float x = -87.29f; x < 88.36f; x += 0.00037f) in.push_back(x);
  for (float x = 1e-30f; x < 1.0f; x *= 1.7f) in.push_back(x), in.push_back(-x);
  while (in.size() % 8 != 0) in.push_back(0.0f);
  out = in;
  kernels().exponentiate(out.data(), out.size());
  double worst = 0;
  for (size_t i = 0; i < in.size(); ++i) {
    const double expected = std::exp(double{in[i]});
    const double ulp = std::ldexp(1.0, std::ilogb(expected) - 23);
    worst = std::max(worst, std::abs(out[i] - expected) / ulp);
  }
  RecordProperty("worst_ulp", std::to_string(worst));
  EXPECT_LE(worst, 2.0);
}

TEST_P(KernelsTest, ExponentiateDefinesItsEnds) {
  float x[8] = {0.0f, -0.0f, -INFINITY, INFINITY, NAN, -88.0f, 1000.0f, -87.3f};
  kernels().exponentiate(x, 8);
  EXPECT_EQ(x[0], 1.0f);
  EXPECT_EQ(x[1], 1.0f);
  EXPECT_EQ(x[2], 0.0f);
  EXPECT_NEAR(x[3] / std::exp(88.37f), 1.0f, 1e-5f);
  EXPECT_EQ(x[4], 0.0f);
  EXPECT_EQ(x[5], 0.0f);
  EXPECT_EQ(x[6], x[3]);
  EXPECT_EQ(x[7], 0.0f);
}

}  // namespace
}  // namespace nibble::kernel_test
