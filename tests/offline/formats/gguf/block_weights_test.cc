// Random blocks of every type, against the published formulas; codes that pass without loss.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/block_weights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "offline/weights/memory_weights.h"
#include "tests/offline/formats/gguf/block_reference.h"

namespace nibble::test {
namespace {

using format::TensorType;

struct BlockCase {
  uint32_t id;
  const char* name;
  uint32_t elements, bytes;
  std::vector<uint32_t> halves;  ///< offsets of scales, which have to be finite
  std::optional<TensorType> stored;
};

void PrintTo(const BlockCase& block, std::ostream* out) {
  *out << block.name;
}

const BlockCase kBlocks[] = {{2, "Q4_0", 32, 18, {0}, TensorType::Int4},
                             {3, "Q4_1", 32, 20, {0, 2}, {}},
                             {6, "Q5_0", 32, 22, {0}, TensorType::Int8},
                             {7, "Q5_1", 32, 24, {0, 2}, {}},
                             {8, "Q8_0", 32, 34, {0}, TensorType::Int8},
                             {10, "Q2_K", 256, 84, {80, 82}, {}},
                             {11, "Q3_K", 256, 110, {108}, {}},
                             {12, "Q4_K", 256, 144, {0, 2}, {}},
                             {13, "Q5_K", 256, 176, {0, 2}, {}},
                             {14, "Q6_K", 256, 210, {208}, {}},
                             {20, "IQ4_NL", 32, 18, {0}, TensorType::Int8},
                             {23, "IQ4_XS", 256, 136, {0}, {}},
                             {39, "MXFP4", 32, 17, {}, TensorType::Int8}};

constexpr uint32_t kRows = 5, kBlocksPerRow = 3;

/// Random bytes, with finite scales; MXFP4's are powers that a half holds.
std::vector<uint8_t> random_blocks(const BlockCase& block) {
  std::mt19937 random(block.id);
  std::vector<uint8_t> bytes(size_t{kRows} * kBlocksPerRow * block.bytes);
  for (uint8_t& byte : bytes) byte = static_cast<uint8_t>(random());
  for (size_t at = 0; at < bytes.size(); at += block.bytes) {
    for (const uint32_t offset : block.halves) bytes[at + offset + 1] &= 0xBF;
    if (block.id == 39) bytes[at] = static_cast<uint8_t>(104 + bytes[at] % 40);
  }
  return bytes;
}

class Blocks : public ::testing::TestWithParam<BlockCase> {
 protected:
  void SetUp() override {
    bytes_ = random_blocks(GetParam());
    const uint32_t columns = kBlocksPerRow * GetParam().elements;
    const offline::GgufTensor tensor{"t",
                                     {kRows, columns},
                                     offline::find_block_type(GetParam().id),
                                     std::as_bytes(std::span(bytes_)),
                                     kRows,
                                     columns};
    ASSERT_NE(tensor.type, nullptr);
    EXPECT_EQ(tensor.type->name, std::string(GetParam().name));
    EXPECT_EQ(tensor.type->bytes, GetParam().bytes);
    EXPECT_EQ(tensor.type->elements, GetParam().elements);
    source_ = offline::map_blocks(tensor, nullptr);
  }
  std::vector<float> values(uint32_t first_row, uint32_t rows) const {
    std::vector<float> read(size_t{rows} * source_->columns());
    source_->read_rows(first_row, read);
    return read;
  }

  std::vector<uint8_t> bytes_;
  offline::Weights source_;
};

TEST_P(Blocks, HaveTheValuesOfThePublishedFormula) {
  const std::vector<float> read = values(0, kRows);
  for (size_t block = 0; block < size_t{kRows} * kBlocksPerRow; ++block) {
    const std::vector<double> expected = reference_block(
        GetParam().id, std::span(bytes_).subspan(block * GetParam().bytes, GetParam().bytes));
    ASSERT_EQ(expected.size(), GetParam().elements);
    double largest = 0;
    for (const double value : expected) largest = std::max(largest, std::fabs(value));
    for (size_t i = 0; i < expected.size(); ++i) {
      // Products and differences are rounded to float; a difference may be small.
      ASSERT_NEAR(read[block * expected.size() + i], expected[i], 1e-6 * largest)
          << "block " << block << ", element " << i;
    }
  }
}

TEST_P(Blocks, AreReadFromAnyRow) {
  const std::vector<float> all = values(0, kRows), some = values(3, 2);
  EXPECT_EQ(some, std::vector<float>(all.begin() + 3 * source_->columns(), all.end()));
}

TEST_P(Blocks, ThatAreCodesOfABlobPassWithoutLoss) {
  if (!GetParam().stored) {
    EXPECT_FALSE(source_->stored_scheme().has_value());
    return;
  }
  ASSERT_EQ(source_->stored_scheme(), (offline::Scheme{*GetParam().stored, 32}));
  EXPECT_EQ(source_->nearest_scheme(), *source_->stored_scheme());
  const offline::Weights codes = offline::hold_quantized(source_->read_stored(0, kRows));
  EXPECT_TRUE(offline::same_weights(*codes, *source_));
  const offline::Weights last = offline::hold_quantized(source_->read_stored(kRows - 1, 1));
  std::vector<float> row(last->columns());
  last->read_rows(0, row);
  EXPECT_EQ(row, values(kRows - 1, 1));
}

INSTANTIATE_TEST_SUITE_P(, Blocks, ::testing::ValuesIn(kBlocks),
                         [](const auto& tested) { return std::string(tested.param.name); });

TEST(Mxfp4, WithAPowerThatNoHalfHoldsIsOnlyFloats) {
  for (const uint8_t power : {0, 103, 144, 254, 255}) {
    std::vector<uint8_t> bytes(17, 0x11);
    bytes[0] = power;
    const offline::Weights source = offline::map_blocks(
        {"t", {32}, offline::find_block_type(39), std::as_bytes(std::span(bytes)), 1, 32}, nullptr);
    EXPECT_FALSE(source->stored_scheme().has_value());
    std::vector<float> row(32);
    source->read_rows(0, row);
    EXPECT_EQ(row[0], std::ldexp(0.5f, power - 127));
  }
}

}  // namespace
}  // namespace nibble::test
