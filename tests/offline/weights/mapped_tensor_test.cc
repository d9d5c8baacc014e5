// Mapped tensors: three element types, any alignment, and no read beyond the end.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/mapped_tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <stdexcept>
#include <vector>

namespace nibble::offline {
namespace {

/// Elements behind one byte of something else, so that they are not aligned.
template <class Stored>
std::vector<std::byte> unaligned(const std::vector<Stored>& elements) {
  std::vector<std::byte> bytes(1 + elements.size() * sizeof(Stored));
  std::memcpy(bytes.data() + 1, elements.data(), elements.size() * sizeof(Stored));
  return bytes;
}

std::vector<float> rows_of(const WeightSource& source, uint32_t first, uint32_t count) {
  std::vector<float> values(size_t{count} * source.columns());
  source.read_rows(first, values);
  return values;
}

TEST(MappedTensor, ConvertsEveryElementType) {
  const std::vector<float> expected = {1, -2, 0.5f, 65504, 3, -0.25f};
  const auto f32 = unaligned(expected);
  const auto f16 = unaligned<uint16_t>({0x3C00, 0xC000, 0x3800, 0x7BFF, 0x4200, 0xB400});
  EXPECT_EQ(rows_of(*map_tensor(ElementType::F32, 2, 3, std::span(f32).subspan(1), nullptr), 0, 2),
            expected);
  EXPECT_EQ(rows_of(*map_tensor(ElementType::F16, 2, 3, std::span(f16).subspan(1), nullptr), 0, 2),
            expected);
  const auto bf16 = unaligned<uint16_t>({0x3F80, 0xC000});
  EXPECT_EQ(
      rows_of(*map_tensor(ElementType::BF16, 1, 2, std::span(bf16).subspan(1), nullptr), 0, 1),
      (std::vector<float>{1, -2}));
}

TEST(MappedTensor, IsReadFromAnyRow) {
  const std::vector<float> values = {1, 2, 3, 4, 5, 6};
  const Weights source =
      map_tensor(ElementType::F32, 3, 2, std::as_bytes(std::span(values)), nullptr);
  EXPECT_EQ(rows_of(*source, 1, 1), (std::vector<float>{3, 4}));
  EXPECT_EQ(rows_of(*source, 1, 2), (std::vector<float>{3, 4, 5, 6}));
  EXPECT_TRUE(rows_of(*source, 3, 0).empty());
  EXPECT_FALSE(source->stored_scheme().has_value());
}

TEST(MappedTensor, IsNotReadBeyondItsEnd) {
  const std::vector<float> values(6);
  const Weights source =
      map_tensor(ElementType::F32, 3, 2, std::as_bytes(std::span(values)), nullptr);
  EXPECT_THROW(rows_of(*source, 2, 2), std::out_of_range);
  EXPECT_THROW(rows_of(*source, 4, 1), std::out_of_range);
  EXPECT_THROW(rows_of(*source, UINT32_MAX, 1), std::out_of_range);
  std::vector<float> part(3);
  EXPECT_THROW(source->read_rows(0, part), std::out_of_range);
  EXPECT_THROW(source->read_stored(0, 1), std::logic_error);
}

TEST(MappedTensor, MustHaveTheBytesOfItsShape) {
  const std::vector<std::byte> bytes(10);
  EXPECT_THROW(map_tensor(ElementType::F32, 1, 2, bytes, nullptr), std::invalid_argument);
  EXPECT_THROW(map_tensor(ElementType::F16, 2, 2, bytes, nullptr), std::invalid_argument);
  EXPECT_THROW(map_tensor(ElementType::F32, 1u << 31, 1u << 31, {}, nullptr),
               std::invalid_argument);
  EXPECT_NO_THROW(map_tensor(ElementType::F16, 5, 1, bytes, nullptr));
}

TEST(MappedTensor, KeepsTheOwnerOfItsBytes) {
  const auto owner = std::make_shared<std::vector<float>>(4, 7.0f);
  const std::weak_ptr<std::vector<float>> watched = owner;
  {
    const Weights source =
        map_tensor(ElementType::F32, 2, 2, std::as_bytes(std::span(*owner)), owner);
    EXPECT_EQ(watched.use_count(), 2);
  }
  EXPECT_EQ(watched.use_count(), 1);
}

TEST(SameWeights, ComparesShapesAndBits) {
  const std::vector<float> values = {1, NAN, 0, 4}, others = {1, NAN, -0.0f, 4};
  const auto source = [](const std::vector<float>& from, uint32_t rows) {
    return map_tensor(ElementType::F32, rows, 4 / rows, std::as_bytes(std::span(from)), nullptr);
  };
  EXPECT_TRUE(same_weights(*source(values, 2), *source(values, 2)));
  EXPECT_FALSE(same_weights(*source(values, 2), *source(values, 1)));
  EXPECT_FALSE(same_weights(*source(values, 2), *source(others, 2)));
}

}  // namespace
}  // namespace nibble::offline
