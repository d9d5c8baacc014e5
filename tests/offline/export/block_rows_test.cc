// Blocks that hold codes keep their values; blocks of rounded numbers are as near as their grid.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/export/block_rows.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <stdexcept>

#include "offline/files/half.h"
#include "offline/formats/gguf/block_weights.h"
#include "offline/weights/memory_weights.h"

namespace nibble::test {
namespace {

using format::TensorType;
using offline::ExportType;

constexpr uint32_t kRows = 3, kColumns = 192;

offline::Weights written_and_read(const offline::WeightSource& source,
                                  const offline::BlockType& type) {
  const auto bytes = std::make_shared<std::vector<std::byte>>();
  for (uint32_t row = 0; row < source.rows(); ++row) {
    const std::vector<std::byte> blocks = offline::encode_rows(source, type, row, 1);
    bytes->insert(bytes->end(), blocks.begin(), blocks.end());
  }
  return offline::map_blocks(
      {"t", {source.rows(), source.columns()}, &type, *bytes, source.rows(), source.columns()},
      bytes);
}

/// Codes over the whole range; scales of either sign; with `zero` the same zero point everywhere.
offline::Weights codes_of(TensorType type, uint32_t group, int zero = 5) {
  std::mt19937 random(9);
  offline::QuantizedMatrix matrix({type, group}, kRows, kColumns);
  const int least = type == TensorType::Int8 ? -128 : 0, most = type == TensorType::Int8 ? 127 : 15;
  for (int8_t& code : matrix.codes) {
    code = static_cast<int8_t>(least + static_cast<int>(random() % (most - least + 1)));
  }
  for (uint16_t& scale : matrix.scales) {
    scale = offline::half_from_float((static_cast<float>(random() % 2001) - 1000) / 4096);
  }
  for (uint8_t& code : matrix.zeros) code = static_cast<uint8_t>(zero);
  return offline::hold_quantized(std::move(matrix));
}

offline::Weights random_numbers(uint32_t columns = kColumns) {
  std::mt19937 random(4);
  std::vector<float> values(size_t{kRows} * columns);
  for (float& value : values) value = (static_cast<float>(random() % 2001) - 800) / 3000;
  return offline::hold_floats(kRows, columns, values);
}

struct Kept {
  TensorType type;
  uint32_t group;
  ExportType wanted;
  const char* name;
};

/// −0 counts as 0, which a minimum makes of it.
double worst_error(const offline::WeightSource& source, const offline::WeightSource& read) {
  double worst = 0;
  std::vector<float> a(source.columns()), b(source.columns());
  for (uint32_t row = 0; row < source.rows(); ++row) {
    source.read_rows(row, a);
    read.read_rows(row, b);
    for (size_t i = 0; i < a.size(); ++i) worst = std::max<double>(worst, std::fabs(a[i] - b[i]));
  }
  return worst;
}

TEST(BlockRows, KeepCodesInEveryTypeThatHoldsThem) {
  const Kept kKept[] = {{TensorType::Int4, 32, ExportType::Q4_0, "Q4_0"},
                        {TensorType::Int4, 128, ExportType::Auto, "Q4_0"},
                        {TensorType::Int4, 64, ExportType::Q4_1, "Q4_1"},
                        {TensorType::Int4, 64, ExportType::Q8_0, "Q8_0"},
                        {TensorType::Int8, 32, ExportType::Q8_0, "Q8_0"},
                        {TensorType::Int8, 128, ExportType::Auto, "Q8_0"},
                        {TensorType::Int4Zero, 128, ExportType::Q8_0, "Q8_0"},
                        {TensorType::Int8, 64, ExportType::F32, "F32"}};
  for (const Kept& kept : kKept) {
    const offline::Weights source = codes_of(kept.type, kept.group);
    const offline::BlockChoice choice = offline::choose_blocks(*source, kept.wanted);
    EXPECT_EQ(choice.type->name, std::string(kept.name));
    EXPECT_TRUE(choice.is_exact) << kept.name;
    EXPECT_EQ(worst_error(*written_and_read(*source, *choice.type), *source), 0)
        << kept.name << " " << kept.group;
  }
}

TEST(BlockRows, KeepZeroPointsAsMinimaWhereAHalfHoldsThem) {
  const offline::Weights exact = codes_of(TensorType::Int4Zero, 64, 8);
  EXPECT_EQ(offline::choose_blocks(*exact, ExportType::Auto).type->name, std::string("Q4_1"));
  const offline::BlockChoice kept = offline::choose_blocks(*exact, ExportType::Q4_1);
  EXPECT_TRUE(kept.is_exact);
  EXPECT_EQ(worst_error(*written_and_read(*exact, *kept.type), *exact), 0);
  const offline::Weights odd = codes_of(TensorType::Int4Zero, 64, 13);
  EXPECT_EQ(offline::choose_blocks(*odd, ExportType::Auto).type->name, std::string("Q8_0"));
  EXPECT_FALSE(offline::choose_blocks(*odd, ExportType::Q4_1).is_exact);
}

TEST(BlockRows, RoundNumbersToTheNearestOfTheirGrid) {
  const offline::Weights numbers = random_numbers();  // from −0.267 to 0.4
  const auto error = [&](ExportType type) {
    const offline::BlockChoice choice = offline::choose_blocks(*numbers, type);
    EXPECT_EQ(choice.is_exact, type == ExportType::F32);
    return worst_error(*numbers, *written_and_read(*numbers, *choice.type));
  };
  EXPECT_EQ(error(ExportType::F32), 0);
  EXPECT_LE(error(ExportType::F16), 0.4 * 0x1p-11);
  EXPECT_LE(error(ExportType::Q8_0), 0.4 / 127 * 0.51);
  EXPECT_LE(error(ExportType::Q4_0), 0.4 / 8);  // one end is clipped by up to a step
  EXPECT_LE(error(ExportType::Q4_1), 0.667 / 15 * 0.52);
  EXPECT_GT(error(ExportType::Q4_1), 0.01);
}

TEST(BlockRows, OfAnotherLengthThan32AreNumbers) {
  const offline::Weights numbers = random_numbers(40);
  EXPECT_EQ(offline::choose_blocks(*numbers, ExportType::Q4_0).type->name, std::string("F16"));
  EXPECT_EQ(offline::choose_blocks(*numbers, ExportType::F32).type->name, std::string("F32"));
}

TEST(BlockRows, NameTheRowThatNoHalfHolds) {
  std::vector<float> values(64, 1.0f);
  values[40] = 1e6f;
  const offline::Weights numbers = offline::hold_floats(2, 32, values);
  try {
    offline::encode_rows(*numbers, *offline::find_block_type(1), 0, 2);
    ADD_FAILURE() << "accepted";
  } catch (const std::overflow_error& error) {
    EXPECT_NE(std::string(error.what()).find("row 1"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace nibble::test
