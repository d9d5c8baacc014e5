// The weights section: refusals that name tensor and element, and the same bytes every time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/blob/weights_section.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <mutex>

#include "offline/blob/tiles.h"
#include "offline/files/half.h"
#include "offline/weights/mapped_tensor.h"
#include "offline/weights/memory_weights.h"
#include "tests/offline/formats/expect_refusal.h"

namespace nibble::test {
namespace {

using format::Role;
using format::TensorType;
using offline::ElementType;
using offline::Network;
using offline::Weights;

/// One matrix of floats, in as many slices as its size makes.
struct OneMatrix {
  explicit OneMatrix(uint32_t rows, uint32_t columns, TensorType type)
      : values(size_t{rows} * columns, 0.5f) {
    const Weights source = offline::map_tensor(ElementType::F32, rows, columns,
                                               std::as_bytes(std::span(values)), nullptr);
    const uint32_t group = type == TensorType::F16 ? 0 : 32;
    network.tensors = {{"w", Role::Query, 0, {type, group}, rows, columns, source, {}}};
  }
  std::vector<uint8_t> build() const {
    return build_weights(network, *offline::make_quantizer("rtn"), [](double) {});
  }

  std::vector<float> values;
  Network network;
};

TEST(Weights, ThatAreNotFiniteAreRefusedByTensorAndElement) {
  for (const float bad : {NAN, INFINITY, -INFINITY}) {
    OneMatrix matrix(3000, 200, TensorType::Int8);
    matrix.values[2345 * 200 + 67] = bad;
    expect_refusal([&] { matrix.build(); }, "tensor w: element [2345, 67] is");
  }
}

TEST(Weights, AreRefusedAtTheFirstOfSeveralBadElements) {
  OneMatrix matrix(3000, 200, TensorType::Int8);
  for (const size_t row : {100, 1500, 2900}) matrix.values[row * 200] = NAN;
  for (int i = 0; i < 5; ++i) {
    expect_refusal([&] { matrix.build(); }, "element [100, 0]");
  }
}

TEST(Weights, ThatHalvesCannotHoldAreRefusedByTensorAndRow) {
  OneMatrix half(40, 64, TensorType::F16);
  half.values[5 * 64] = 1e6f;
  expect_refusal([&] { half.build(); }, "tensor w: row 5 has a weight that, 1000000");
  // Far behind the first slice: the row is the matrix's, not the slice's.
  OneMatrix scaled(3000, 200, TensorType::Int8);
  scaled.values[2345 * 200] = 3e38f;
  expect_refusal([&] { scaled.build(); }, "tensor w: row 2345 has weights so large");
}

/// Counts, and quantizes as "round to nearest" does.
class CountingQuantizer final : public offline::Quantizer {
 public:
  std::string name() const override { return "counting"; }
  std::unique_ptr<offline::MatrixQuantizer> prepare(
      const offline::Scheme& scheme, uint32_t columns,
      const offline::InputStatistics* statistics) const override {
    const std::lock_guard lock(mutex_);
    ++prepared;
    return offline::make_quantizer("rtn")->prepare(scheme, columns, statistics);
  }
  mutable int prepared = 0;

 private:
  mutable std::mutex mutex_;
};

TEST(Weights, PrepareEachMatrixOnce) {
  OneMatrix matrix(3000, 200, TensorType::Int4);  // several slices
  const CountingQuantizer quantizer;
  offline::build_weights(matrix.network, quantizer, [](double) {});
  EXPECT_EQ(quantizer.prepared, 1);
}

TEST(Weights, AreTheSameBytesEveryTime) {
  OneMatrix matrix(3000, 200, TensorType::Int4);
  for (size_t i = 0; i < matrix.values.size(); ++i) {
    matrix.values[i] = std::sin(static_cast<float>(i));
  }
  const std::vector<uint8_t> first = matrix.build();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(matrix.build(), first);
}

/// Small codes under scales of their own, as no quantizer here would choose them.
offline::QuantizedMatrix some_codes(TensorType type) {
  offline::QuantizedMatrix matrix({type, 32}, 3000, 200);
  for (size_t i = 0; i < matrix.codes.size(); ++i) matrix.codes[i] = static_cast<int8_t>(i % 5);
  for (size_t i = 0; i < matrix.scales.size(); ++i) {
    matrix.scales[i] = static_cast<uint16_t>(0x2C00 + i % 1000);
  }
  for (size_t i = 0; i < matrix.zeros.size(); ++i) matrix.zeros[i] = static_cast<uint8_t>(i % 3);
  return matrix;
}

TEST(Weights, ThatAreCodesAlreadyArriveUnchanged) {
  for (const TensorType type : {TensorType::Int8, TensorType::Int4, TensorType::Int4Zero}) {
    OneMatrix matrix(3000, 200, type);
    const offline::QuantizedMatrix codes = some_codes(type);
    matrix.network.tensors[0].source = offline::hold_quantized(codes);
    const std::vector<uint8_t> section = matrix.build();
    std::vector<uint8_t> expected(section.size());
    offline::write_tiles(codes, 0, tensor_records(matrix.network)[0], expected);
    EXPECT_EQ(section, expected);
  }
}

TEST(Weights, ThatAreCodesOfAnotherSchemeAreQuantizedAnew) {
  OneMatrix matrix(3000, 200, TensorType::Int8);
  const Weights source = offline::hold_quantized(some_codes(TensorType::Int4));
  matrix.network.tensors[0].source = source;
  const std::vector<uint8_t> section = matrix.build();
  source->read_rows(0, matrix.values);
  matrix.network.tensors[0].source = offline::hold_floats(3000, 200, matrix.values);
  EXPECT_EQ(section, matrix.build());
}

TEST(Weights, ThatAreCodesOrScalesNoSchemeHasAreRefused) {
  const auto refuse = [](const offline::QuantizedMatrix& codes, const std::string& part) {
    OneMatrix matrix(3000, 200, codes.scheme.type);
    matrix.network.tensors[0].source = offline::hold_quantized(codes);
    expect_refusal([&] { matrix.build(); }, part);
  };
  offline::QuantizedMatrix codes = some_codes(TensorType::Int4);
  codes.codes[77] = 16;
  refuse(codes, "tensor w: has codes");
  codes = some_codes(TensorType::Int4Zero);
  codes.zeros[3] = 16;
  refuse(codes, "tensor w: has codes");
  codes = some_codes(TensorType::Int8);
  codes.scales[3] = 0x7C00;
  refuse(codes, "tensor w: has numbers that are not finite");
}

TEST(Weights, StartEachTensorOnACacheLine) {
  const float gains[] = {1, 2, 3};
  const Weights source =
      offline::map_tensor(ElementType::F32, 1, 3, std::as_bytes(std::span(gains)), nullptr);
  Network network;
  network.tensors = {
      {"r", Role::Rotary, format::kNoLayer, {TensorType::U64Vector, 0}, 1, 2, nullptr, {7, 9}},
      {"g", Role::FinalNorm, format::kNoLayer, {TensorType::F32Vector, 0}, 1, 3, source, {}}};
  const std::vector<uint8_t> bytes =
      build_weights(network, *offline::make_quantizer("rtn"), [](double) {});
  ASSERT_EQ(bytes.size(), 64u + 32 * 4);
  uint64_t increment;
  std::memcpy(&increment, bytes.data() + 8, sizeof increment);
  EXPECT_EQ(increment, 9u);
  EXPECT_EQ(std::memcmp(bytes.data() + 64, gains, sizeof gains), 0);
}

}  // namespace
}  // namespace nibble::test
