// Every kernel set this CPU runs gives the scalar set's bytes, and the scalar set the same bytes on
// every machine and compiler.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <initializer_list>
#include <sstream>
#include <string>

#include "tests/runtime/kernels/operands.h"

namespace nibble::kernel_test {
namespace {

using format::KvType;
using format::TensorType;
using Output = std::vector<uint8_t>;
/// Runs one kernel on operands that depend on nothing but the case; returns all it may write.
using Case = std::function<Output(const Kernels&)>;

void append(Output& all, const Output& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// FNV-1a
uint64_t digest(const Output& bytes) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (uint8_t byte : bytes) hash = (hash ^ byte) * 0x100000001B3u;
  return hash;
}

struct MatMulShape {
  TensorType type;
  uint32_t rows, k, group, count;
  Fill fill = Fill::Random;
  bool bias = false, accumulate = false;
};

Output multiply(const Kernels& kernels, const MatMulShape& s, bool in_streams) {
  Random random(s.k * 131 + s.count);
  const MatrixOperand weights(s.type, s.rows, s.k, s.group, s.fill, random);
  FloatOperand floats(s.count, s.k, -4.0f, 4.0f, random);
  QuantizedOperand codes(s.count, s.k, s.group == 0 ? 32 : s.group, s.fill, random);
  FloatOperand bias(1, weights.padded_rows(), -1.0f, 1.0f, random);
  FloatOperand out(s.count, weights.padded_rows(), -1.0f, 1.0f, random);
  kernels.matmul({.weights = weights.matrix(),
                  .in = floats.rows(),
                  .quantized_in = codes.rows(),
                  .count = s.count,
                  .in_streams = in_streams,
                  .bias = s.bias ? bias.row(0) : nullptr,
                  .accumulate = s.accumulate,
                  .out = out.rows()},
                 0, weights.padded_rows() / 32);
  EXPECT_TRUE(out.bytes().guard_is_whole());
  return out.bytes().copy();
}

Output run_matmul(const Kernels& kernels, const MatMulShape& s) {
  return multiply(kernels, s, true);
}

std::vector<MatMulShape> matmul_shapes() {
  std::vector<MatMulShape> shapes;
  for (TensorType type : {TensorType::Int4, TensorType::Int4Zero, TensorType::Int8})
    for (uint32_t group : {32u, 64u, 128u}) {
      for (uint32_t k : {32u, 96u, 160u, 576u, 8192u})
        for (Fill fill : {Fill::Random, Fill::Limits})
          shapes.push_back({type, 33, k, group, 2, fill});
      for (uint32_t count : {1u, 2u, 3u, 7u, 16u})
        shapes.push_back({type, 96, 288, group, count, Fill::Random, true, true});
      shapes.push_back({type, 1, 1504, group, 5, Fill::Limits});
    }
  for (uint32_t k : {32u, 96u, 576u, 8192u}) shapes.push_back({TensorType::F16, 33, k, 0, 2});
  for (uint32_t count : {1u, 2u, 3u, 7u, 16u})
    shapes.push_back({TensorType::F16, 96, 288, 0, count, Fill::Random, true, true});
  return shapes;
}

struct AttendShape {
  KvType type;
  uint32_t heads, kv_heads, d, positions, rows;
  float magnitude = 2.0f;
  uint32_t window = 0;
  float cap = 0.0f;
};

Output run_attention(const Kernels& kernels, const AttendShape& s) {
  Random random(s.d * 1009 + s.positions);
  CacheOperand cache(s.type, format::cached_positions(s.positions, s.window, s.rows), s.kv_heads,
                     s.d, s.window);
  const float m = s.magnitude;
  FloatOperand keys(s.positions, s.kv_heads * s.d, -m, m, random);
  FloatOperand values(s.positions, s.kv_heads * s.d, -m, m, random);
  FloatOperand queries(s.rows, s.heads * s.d, -m, m, random), out(s.rows, s.heads * s.d);
  out.spoil();
  const PlacesOperand stored(cache.cache(), 0, s.positions);
  kernels.append_kv({keys.rows(), values.rows(), stored.data(), 0}, 0, s.positions);
  const PlacesOperand places(cache.cache(), s.positions - s.rows, s.rows);
  kernels.attend({queries.rows(), s.heads, places.data(), s.rows, 0,
                  std::bit_cast<uint32_t>(0.125f), std::bit_cast<uint32_t>(s.cap), out.rows()},
                 0, s.rows * s.kv_heads);
  EXPECT_TRUE(out.bytes().guard_is_whole());
  Output all = cache.copy();
  append(all, out.bytes().copy());
  return all;
}

std::vector<AttendShape> attention_shapes(std::initializer_list<KvType> types) {
  std::vector<AttendShape> shapes;
  for (KvType type : types) {
    for (uint32_t d : {8u, 24u, 32u, 48u, 64u, 96u, 128u, 256u})
      for (uint32_t positions : {1u, 31u, 32u, 129u, 300u})
        shapes.push_back({type, 3, 1, d, positions, 1});
    shapes.push_back({type, 1, 1, 64, 1, 1});
    shapes.push_back({type, 4, 2, 64, 260, 7});
    shapes.push_back({type, 4, 4, 48, 140, 16});
    shapes.push_back({type, 2, 1, 32, 200, 3, 60000.0f});  // scores that leave one weight standing
    shapes.push_back({type, 2, 1, 32, 200, 3, 1e-6f});     // subnormal halves
  }
  return shapes;
}

/// Windows and caps, over caches that wrap around.
std::vector<AttendShape> windowed_shapes() {
  std::vector<AttendShape> shapes;
  for (KvType type : {KvType::F16, KvType::Int8, KvType::Hybrid, KvType::Int4})
    for (uint32_t window : {1u, 9u, 128u, 257u})
      for (uint32_t positions : {7u, 140u, 1000u}) {
        shapes.push_back({type, 4, 2, 40, positions, 6, 2.0f, window});
        shapes.push_back({type, 2, 1, 64, positions, 3, 9.0f, window, 5.0f});
      }
  return shapes;
}

struct RowShape {
  uint32_t width, group;
  float magnitude;
};

std::vector<RowShape> row_shapes() {
  std::vector<RowShape> shapes;
  for (uint32_t width : {1u, 8u, 32u, 100u, 160u, 576u, 8192u})
    for (uint32_t group : {32u, 64u, 128u}) shapes.push_back({width, group, 4.0f});
  for (float magnitude : {1e-38f, 1e-31f, 1e-18f, 90.0f, 1e18f})
    shapes.push_back({576, 128, magnitude});
  return shapes;
}

Output run_norm(const Kernels& kernels, const RowShape& s) {
  Random random(s.width);
  FloatOperand in(3, s.width, -s.magnitude, s.magnitude, random), out(3, s.width);
  FloatOperand gain(1, s.width, -2.0f, 2.0f, random);
  QuantizedOperand codes(3, s.width, s.group);
  NormArguments arguments{.in = in.rows(),
                          .gain = gain.row(0),
                          .bias = nullptr,
                          .width = s.width,
                          .segment = s.width,
                          .epsilon_bits = std::bit_cast<uint32_t>(1e-5f),
                          .out = out.rows(),
                          .quantized_out = {}};
  kernels.rms_norm(arguments, 0, 3);
  arguments.out = {};
  arguments.quantized_out = codes.rows();
  kernels.rms_norm(arguments, 0, 3);
  EXPECT_TRUE(out.bytes().guard_is_whole() && codes.bytes().guard_is_whole());
  Output all = out.bytes().copy();
  append(all, codes.bytes().copy());
  return all;
}

Output run_layer_norm(const Kernels& kernels, const RowShape& s) {
  Random random(s.width + 7);
  FloatOperand in(3, s.width, -s.magnitude, s.magnitude / 2, random), out(3, s.width);
  FloatOperand gain(1, s.width, -2.0f, 2.0f, random), bias(1, s.width, -1.0f, 1.0f, random);
  QuantizedOperand codes(3, s.width, s.group);
  NormArguments arguments{.in = in.rows(),
                          .gain = gain.row(0),
                          .bias = bias.row(0),
                          .width = s.width,
                          .segment = s.width,
                          .epsilon_bits = std::bit_cast<uint32_t>(1e-5f),
                          .out = out.rows(),
                          .quantized_out = {}};
  kernels.layer_norm(arguments, 0, 3);
  arguments.out = {};
  arguments.quantized_out = codes.rows();
  kernels.layer_norm(arguments, 0, 3);
  EXPECT_TRUE(out.bytes().guard_is_whole() && codes.bytes().guard_is_whole());
  Output all = out.bytes().copy();
  append(all, codes.bytes().copy());
  return all;
}

Output run_segments(const Kernels& kernels, uint32_t segment) {
  Random random(segment);
  const uint32_t width = 3 * segment;
  FloatOperand in(3, width, -3.0f, 4.0f, random), gain(1, width, -2.0f, 2.0f, random);
  Output all;
  for (const auto kernel : {kernels.rms_norm, kernels.layer_norm}) {
    kernel({.in = in.rows(),
            .gain = gain.row(0),
            .bias = nullptr,
            .width = width,
            .segment = segment,
            .epsilon_bits = std::bit_cast<uint32_t>(1e-6f),
            .out = in.rows(),
            .quantized_out = {}},
           0, 3);
    EXPECT_TRUE(in.bytes().guard_is_whole());
    append(all, in.bytes().copy());
  }
  return all;
}

/// All activations, alone and times another number.
Output run_activations(const Kernels& kernels, const RowShape& s) {
  Random random(s.width + 9);
  FloatOperand x(3, s.width, -s.magnitude, s.magnitude, random), out(3, s.width);
  FloatOperand up(3, s.width, -2.0f, 2.0f, random);
  QuantizedOperand codes(3, s.width, s.group);
  Output all;
  for (uint32_t kind = 0; kind < static_cast<uint32_t>(format::Activation::Count); ++kind) {
    GatedActivationArguments arguments{.gate = x.rows(),
                                       .up = {},
                                       .width = s.width,
                                       .activation = static_cast<format::Activation>(kind),
                                       .cap_bits = std::bit_cast<uint32_t>(30.0f),
                                       .out = out.rows(),
                                       .quantized_out = {}};
    kernels.gated_activation(arguments, 0, 3);
    append(all, out.bytes().copy());
    arguments.up = up.rows();
    arguments.out = {};
    arguments.quantized_out = codes.rows();
    kernels.gated_activation(arguments, 0, 3);
    append(all, codes.bytes().copy());
  }
  EXPECT_TRUE(out.bytes().guard_is_whole() && codes.bytes().guard_is_whole());
  return all;
}

Output run_quantize(const Kernels& kernels, const RowShape& s) {
  Random random(s.width + 1);
  FloatOperand in(3, s.width, -s.magnitude, s.magnitude, random);
  in.row(1)[0] = 127.0f;  // halves become ties
  for (uint32_t i = 1; i < s.width; ++i) in.row(1)[i] = static_cast<float>(i % 254) - 126.5f;
  QuantizedOperand out(3, s.width, s.group);
  kernels.quantize({in.rows(), s.width, out.rows()}, 0, 3);
  EXPECT_TRUE(out.bytes().guard_is_whole());
  return out.bytes().copy();
}

Output run_gated_activation(const Kernels& kernels, const RowShape& s) {
  Random random(s.width + 2);
  FloatOperand gate(3, s.width, -s.magnitude, s.magnitude, random), out(3, s.width);
  FloatOperand up(3, s.width, -2.0f, 2.0f, random);
  QuantizedOperand codes(3, s.width, s.group);
  kernels.gated_activation(
      {gate.rows(), up.rows(), s.width, format::Activation::Silu, 0, out.rows(), {}}, 0, 3);
  kernels.gated_activation(
      {gate.rows(), up.rows(), s.width, format::Activation::Silu, 0, {}, codes.rows()}, 0, 3);
  EXPECT_TRUE(out.bytes().guard_is_whole() && codes.bytes().guard_is_whole());
  Output all = out.bytes().copy();
  append(all, codes.bytes().copy());
  return all;
}

Output run_add(const Kernels& kernels, const RowShape& s) {
  Random random(s.width + 3);
  FloatOperand in(3, s.width, -s.magnitude, s.magnitude, random);
  FloatOperand out(3, s.width, -1.0f, 1.0f, random);
  kernels.add({in.rows(), s.width, out.rows()}, 0, 3);
  EXPECT_TRUE(out.bytes().guard_is_whole());
  return out.bytes().copy();
}

Output run_rotary(const Kernels& kernels, uint32_t d) {
  Random random(d);
  std::vector<uint64_t> increments(d / 2);
  for (uint64_t& increment : increments) increment = random.next() >> random.below(40);
  FloatOperand angles(5, d), values(5, 3 * d, -3.0f, 3.0f, random);
  angles.spoil();
  kernels.rotary_table({increments.data(), d / 2, PlacesOperand(0xFFFFF, 5).data(), angles.rows()},
                       0, 5);
  kernels.rotate({angles.rows(), d / 2, 3, d, values.rows()}, 0, 5);
  EXPECT_TRUE(angles.bytes().guard_is_whole() && values.bytes().guard_is_whole());
  Output all = angles.bytes().copy();
  append(all, values.bytes().copy());
  return all;
}

Output run_embed(const Kernels& kernels, TensorType type, uint32_t group, Fill fill) {
  Random random(group + 5);
  const MatrixOperand table(type, 70, 160, group, fill, random);
  const uint32_t tokens[] = {69, 0, 31, 32};
  FloatOperand out(4, 160);
  kernels.embed({table.matrix(), tokens, nullptr, 0, false, out.rows()}, 0, 4);
  EXPECT_TRUE(out.bytes().guard_is_whole());
  return out.bytes().copy();
}

/// Rows of positions, scaled, onto what is there.
Output run_positions(const Kernels& kernels, TensorType type, uint32_t group) {
  Random random(group + 6);
  const MatrixOperand table(type, 70, 150, group, Fill::Random, random);
  FloatOperand out(4, 150, -1.0f, 1.0f, random);
  const PlacesOperand places(61, 4);
  kernels.embed(
      {table.matrix(), nullptr, places.data(), std::bit_cast<uint32_t>(25.298f), true, out.rows()},
      0, 4);
  EXPECT_TRUE(out.bytes().guard_is_whole());
  return out.bytes().copy();
}

Output run_exponentiate(const Kernels& kernels) {
  Random random(11);
  FloatOperand x(1, 4096, -100.0f, 100.0f, random);
  const float ends[] = {0.0f, -0.0f, -INFINITY, INFINITY, NAN, -87.3f, -87.29999f, 88.37f, 1e-38f};
  std::copy(std::begin(ends), std::end(ends), x.row(0));
  kernels.exponentiate(x.row(0), 4096);
  return x.bytes().copy();
}

/// One kernel's cases and the digest of what the scalar set makes of them.
struct Suite {
  const char* name;
  uint64_t scalar_digest;
  std::vector<Case> cases;
};

template <class Shape>
std::vector<Case> cases_of(Output (*run)(const Kernels&, const Shape&), std::vector<Shape> shapes) {
  std::vector<Case> cases;
  for (const Shape& shape : shapes)
    cases.push_back([run, shape](const Kernels& kernels) { return run(kernels, shape); });
  return cases;
}

std::vector<Case> rotary_cases() {
  std::vector<Case> cases;
  for (uint32_t d : {8u, 24u, 48u, 64u, 128u})
    cases.push_back([d](const Kernels& kernels) { return run_rotary(kernels, d); });
  return cases;
}

std::vector<Case> segment_cases() {
  std::vector<Case> cases;
  for (uint32_t segment : {8u, 24u, 64u, 128u})
    cases.push_back([segment](const Kernels& kernels) { return run_segments(kernels, segment); });
  return cases;
}

std::vector<Case> position_cases() {
  std::vector<Case> cases;
  for (TensorType type : {TensorType::F16, TensorType::Int8, TensorType::Int4})
    cases.push_back([type](const Kernels& kernels) {
      return run_positions(kernels, type, type == TensorType::F16 ? 0 : 64);
    });
  return cases;
}

std::vector<Case> embed_cases() {
  std::vector<Case> cases;
  for (TensorType type : {TensorType::Int4, TensorType::Int4Zero, TensorType::Int8})
    for (uint32_t group : {32u, 64u, 128u})
      for (Fill fill : {Fill::Random, Fill::Limits})
        cases.push_back([=](const Kernels& k) { return run_embed(k, type, group, fill); });
  cases.push_back([](const Kernels& k) { return run_embed(k, TensorType::F16, 0, Fill::Random); });
  return cases;
}

std::vector<Suite> suites() {
  return {
      {"matmul", 0xB58184A1D6DD8454, cases_of(run_matmul, matmul_shapes())},
      {"attend", 0xD9B7FFE88EC44941,
       cases_of(run_attention, attention_shapes({KvType::F16, KvType::Int8}))},
      {"attend_int4", 0xD7747F2D49EA8401,
       cases_of(run_attention, attention_shapes({KvType::Hybrid, KvType::Int4}))},
      {"rms_norm", 0xEE48A79D18244A73, cases_of(run_norm, row_shapes())},
      {"quantize", 0xC4BE2708E0049123, cases_of(run_quantize, row_shapes())},
      {"gated_activation", 0xEC3D1C1E2AE41352, cases_of(run_gated_activation, row_shapes())},
      {"add", 0x8C04CA371976BA8F, cases_of(run_add, row_shapes())},
      {"rotary", 0x3359BFC933AED37B, rotary_cases()},
      {"embed", 0x881214CD3DE9FC79, embed_cases()},
      {"attend_window", 0xD37FD8C2F64B0392, cases_of(run_attention, windowed_shapes())},
      {"layer_norm", 0xA8A25850DF3BBC2B, cases_of(run_layer_norm, row_shapes())},
      {"segments", 0xA3736932AAA02336, segment_cases()},
      {"activations", 0xD1D3D74D3832E97E, cases_of(run_activations, row_shapes())},
      {"positions", 0x99EA76DF1B6FDE94, position_cases()},
      {"exponentiate", 0x0A21E5567464B88C, {run_exponentiate}},
  };
}

class SameBits : public testing::TestWithParam<Suite> {};

INSTANTIATE_TEST_SUITE_P(Kernel, SameBits, testing::ValuesIn(suites()),
                         [](const auto& one) { return std::string(one.param.name); });
void PrintTo(const Suite& suite, std::ostream* out) {
  *out << suite.name;
}

TEST_P(SameBits, EverySetGivesTheScalarBytes) {
  for (size_t i = 0; i < GetParam().cases.size(); ++i) {
    const Output expected = GetParam().cases[i](scalar_kernels());
    for (const Kernels* kernels : runnable_kernels()) {
      const Output got = GetParam().cases[i](*kernels);
      ASSERT_EQ(got.size(), expected.size());
      ASSERT_EQ(std::memcmp(got.data(), expected.data(), got.size()), 0)
          << kernels->name << ", case " << i << " of " << GetParam().name;
    }
  }
}

TEST_P(SameBits, ScalarGivesTheRecordedBytes) {
  Output all;
  for (const Case& run : GetParam().cases) append(all, run(scalar_kernels()));
  char hex[32];
  std::snprintf(hex, sizeof hex, "0x%016llX", static_cast<unsigned long long>(digest(all)));
  EXPECT_EQ(digest(all), GetParam().scalar_digest) << GetParam().name << " now gives " << hex;
}

TEST(SameBitsOfMatMul, StreamsGiveWhatOneStreamGives) {
  for (const Kernels* kernels : runnable_kernels())
    for (const MatMulShape& shape : matmul_shapes())
      EXPECT_EQ(multiply(*kernels, shape, true), multiply(*kernels, shape, false)) << kernels->name;
}

TEST(SameBitsOfMatMul, AnyBatchGivesWhatOneRowGives) {
  for (const Kernels* kernels : runnable_kernels())
    for (TensorType type :
         {TensorType::F16, TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
      Random random(3);
      const uint32_t k = 288, group = type == TensorType::F16 ? 0 : 128, count = 16;
      const MatrixOperand weights(type, 64, k, group, Fill::Random, random);
      FloatOperand floats(count, k, -2.0f, 2.0f, random), together(count, 64), alone(count, 64);
      QuantizedOperand codes(count, k, 128, Fill::Random, random);
      MatMulArguments arguments{.weights = weights.matrix(),
                                .in = floats.rows(),
                                .quantized_in = codes.rows(),
                                .count = count,
                                .in_streams = false,
                                .bias = nullptr,
                                .accumulate = false,
                                .out = together.rows()};
      kernels->matmul(arguments, 0, 2);
      arguments.count = 1;
      arguments.out = alone.rows();
      for (uint32_t t = 0; t < count; ++t) {
        for (uint32_t block : {1u, 0u}) kernels->matmul(arguments, block, block + 1);
        arguments.in.data = floats.row(t + 1 < count ? t + 1 : 0);
        arguments.quantized_in.data += arguments.quantized_in.stride_bytes;
        arguments.out.data = alone.row(t + 1 < count ? t + 1 : 0);
      }
      EXPECT_EQ(together.bytes().copy(), alone.bytes().copy()) << kernels->name;
    }
}

/// A few rows of one sequence behind random positions; all that it stores and computes, with the
/// rows stored and the tiles computed in runs of at most `run`.
Output run_attention_in_parts(const Kernels& kernels, const AttendShape& s, uint32_t run) {
  Random random(s.d * 31 + s.positions);
  CacheOperand cache(s.type, format::cached_positions(s.positions, s.window, s.rows), s.kv_heads,
                     s.d, s.window);
  FloatOperand keys(s.positions, s.kv_heads * s.d, -2.0f, 2.0f, random);
  FloatOperand values(s.positions, s.kv_heads * s.d, -2.0f, 2.0f, random);
  FloatOperand queries(s.rows, s.heads * s.d, -2.0f, 2.0f, random), out(s.rows, s.heads * s.d);
  const PlacesOperand stored(cache.cache(), 0, s.positions);
  for (uint32_t first = 0; first < s.positions; first += run)
    kernels.append_kv({keys.rows(), values.rows(), stored.data(), 0}, first,
                      std::min(first + run, s.positions));
  const PlacesOperand places(cache.cache(), s.positions - s.rows, s.rows);
  for (uint32_t first = 0; first < s.rows * s.kv_heads; first += run)
    kernels.attend({queries.rows(), s.heads, places.data(), s.rows, 0,
                    std::bit_cast<uint32_t>(0.2f), std::bit_cast<uint32_t>(s.cap), out.rows()},
                   first, std::min(first + run, s.rows * s.kv_heads));
  Output all = cache.copy();
  append(all, out.bytes().copy());
  return all;
}

TEST(SameBitsOfAttend, AnySplitOfRandomShapesGivesTheScalarBytes) {
  Random random(17);
  for (int i = 0; i < 60; ++i) {
    const auto type = static_cast<KvType>(i % static_cast<int>(KvType::Count));
    const uint32_t kv_heads = 1 + random.below(3), rows = 1 + random.below(6);
    const AttendShape shape{.type = type,
                            .heads = kv_heads * (1 + random.below(4)),
                            .kv_heads = kv_heads,
                            .d = 8 * (1 + random.below(32)),
                            .positions = rows + random.below(150),
                            .rows = rows,
                            .magnitude = 2.0f,
                            .window = i % 3 == 0 ? 1 + random.below(150) : 0,
                            .cap = i % 5 == 0 ? 2.0f : 0.0f};
    const Output expected = run_attention_in_parts(scalar_kernels(), shape, 1);
    for (const Kernels* kernels : runnable_kernels())
      for (const uint32_t run : {1 + random.below(6), 1000u})
        ASSERT_EQ(run_attention_in_parts(*kernels, shape, run), expected)
            << kernels->name << ", d " << shape.d << ", " << shape.positions << " positions, "
            << rows << " rows, runs of " << run;
  }
}

/// NIBBLE_EXPECT_KERNELS="avx2;scalar": sets that must have run here.
TEST(SameBitsSets, RanAreThoseExpected) {
  std::string ran, skipped;
  for (const Kernels* kernels : compiled_kernels()) {
    const bool runs = runs_on(*kernels, cpu_features());
    (runs ? ran : skipped) += std::string(" ") + kernels->name;
  }
  std::printf("kernel sets run:%s; not run on this CPU:%s\n", ran.c_str(),
              skipped.empty() ? " none" : skipped.c_str());
  const char* expected = std::getenv("NIBBLE_EXPECT_KERNELS");
  std::stringstream names(expected != nullptr ? expected : "scalar");
  for (std::string name; std::getline(names, name, ';');)
    EXPECT_NE((ran + " ").find(" " + name + " "), std::string::npos) << name << " did not run";
}

}  // namespace
}  // namespace nibble::kernel_test
