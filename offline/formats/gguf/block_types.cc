// The table of block types, and the blocks of 32 weights that share one scale.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/block_types.h"

#include <cmath>

#include "offline/formats/gguf/block_bytes.h"
#include "offline/formats/gguf/k_blocks.h"

namespace nibble::offline {
namespace {

using format::TensorType;

constexpr uint32_t kGroup = kGgufGroup;
constexpr Scheme kHalves{TensorType::F16, 0}, kInt8{TensorType::Int8, kGroup},
    kInt4{TensorType::Int4, kGroup}, kInt4Zero{TensorType::Int4Zero, kGroup};

/// MXFP4's values of a code, twice as large as they are named (ggml-common.h, kvalues_mxfp4).
constexpr int8_t kFp4Values[16] = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};
/// Powers of two that a half holds, as MXFP4 stores them: from 2^-24 to 2^15.
constexpr uint32_t kLeastHalfExponent = 104, kMostHalfExponent = 143;

BlockCodes q4_0_codes(const std::byte* block) {
  BlockCodes codes{half_at(block, 0), {}};
  for (uint32_t i = 0; i < kGroup; ++i) {
    codes.codes[i] = static_cast<int8_t>(nibble_at(block + 2, i));
  }
  return codes;
}

BlockCodes q8_0_codes(const std::byte* block) {
  BlockCodes codes{half_at(block, 0), {}};
  for (uint32_t i = 0; i < kGroup; ++i) codes.codes[i] = signed_byte_at(block, 2 + i);
  return codes;
}

/// Code i of 32, with a fifth bit from four bytes of such bits.
uint32_t five_bits(const std::byte* high, const std::byte* low, uint32_t i) {
  return nibble_at(low, i) | (byte_at(high, i / 8) >> i % 8 & 1) << 4;
}

BlockCodes q5_0_codes(const std::byte* block) {
  BlockCodes codes{half_at(block, 0), {}};
  for (uint32_t i = 0; i < kGroup; ++i) {
    codes.codes[i] = static_cast<int8_t>(static_cast<int>(five_bits(block + 2, block + 6, i)) - 16);
  }
  return codes;
}

BlockCodes iq4_nl_codes(const std::byte* block) {
  BlockCodes codes{half_at(block, 0), {}};
  for (uint32_t i = 0; i < kGroup; ++i) codes.codes[i] = kIq4Values[nibble_at(block + 2, i)];
  return codes;
}

/// A power of two beyond halves becomes infinity, which is refused where codes are stored.
BlockCodes mxfp4_codes(const std::byte* block) {
  const int exponent = static_cast<int>(byte_at(block, 0)) - 128;
  BlockCodes codes{half_from_float(std::ldexp(1.0f, exponent)), {}};
  for (uint32_t i = 0; i < kGroup; ++i) codes.codes[i] = kFp4Values[nibble_at(block + 1, i)];
  return codes;
}

void decode_mxfp4(const std::byte* block, float* out) {
  const float scale = std::ldexp(1.0f, static_cast<int>(byte_at(block, 0)) - 128);
  for (uint32_t i = 0; i < kGroup; ++i) {
    out[i] = scale * static_cast<float>(kFp4Values[nibble_at(block + 1, i)]);
  }
}

bool has_half_exponent(const std::byte* block) {
  return byte_at(block, 0) >= kLeastHalfExponent && byte_at(block, 0) <= kMostHalfExponent;
}

template <BlockCodes (*kCodes)(const std::byte*), int kZero>
void decode_codes(const std::byte* block, float* out) {
  const BlockCodes codes = kCodes(block);
  const float scale = float_from_half(codes.scale);
  for (uint32_t i = 0; i < kGroup; ++i) {
    out[i] = scale * static_cast<float>(codes.codes[i] - kZero);
  }
}

void decode_q4_1(const std::byte* block, float* out) {
  const float scale = float_of_half_at(block, 0), minimum = float_of_half_at(block, 2);
  for (uint32_t i = 0; i < kGroup; ++i) {
    out[i] = scale * static_cast<float>(nibble_at(block + 4, i)) + minimum;
  }
}

void decode_q5_1(const std::byte* block, float* out) {
  const float scale = float_of_half_at(block, 0), minimum = float_of_half_at(block, 2);
  for (uint32_t i = 0; i < kGroup; ++i) {
    out[i] = scale * static_cast<float>(five_bits(block + 4, block + 8, i)) + minimum;
  }
}

BlockType numbers(uint32_t id, const char* name, ElementType type) {
  return {id, name, 1, static_cast<uint32_t>(element_bytes(type)), type, {}, {}, {}, {}, kHalves};
}

template <BlockCodes (*kCodes)(const std::byte*), int kZero>
BlockType group_of(uint32_t id, const char* name, uint32_t bytes, Scheme scheme) {
  return {id,          name,   kGroup, bytes, {}, decode_codes<kCodes, kZero>,
          scheme.type, kCodes, {},     scheme};
}

BlockType requantized(uint32_t id, const char* name, uint32_t elements, uint32_t bytes,
                      void (*decode)(const std::byte*, float*), Scheme nearest) {
  return {id, name, elements, bytes, {}, decode, {}, {}, {}, nearest};
}

std::span<const BlockType> block_types() {
  static const BlockType kTypes[] = {
      numbers(kGgufF32, "F32", ElementType::F32),
      numbers(kGgufF16, "F16", ElementType::F16),
      numbers(30, "BF16", ElementType::BF16),
      group_of<q4_0_codes, 8>(kGgufQ4_0, "Q4_0", 18, kInt4),
      group_of<q8_0_codes, 0>(kGgufQ8_0, "Q8_0", 34, kInt8),
      group_of<q5_0_codes, 0>(6, "Q5_0", 22, kInt8),
      group_of<iq4_nl_codes, 0>(20, "IQ4_NL", 18, kInt8),
      {39,
       "MXFP4",
       kGroup,
       17,
       {},
       decode_mxfp4,
       TensorType::Int8,
       mxfp4_codes,
       has_half_exponent,
       kInt8},
      requantized(kGgufQ4_1, "Q4_1", kGroup, 20, decode_q4_1, kInt4Zero),
      requantized(7, "Q5_1", kGroup, 24, decode_q5_1, kInt8),
      requantized(10, "Q2_K", kSuperBlock, 84, decode_q2_k, kInt4Zero),
      requantized(11, "Q3_K", kSuperBlock, 110, decode_q3_k, kInt4),
      requantized(12, "Q4_K", kSuperBlock, 144, decode_q4_k, kInt4Zero),
      requantized(13, "Q5_K", kSuperBlock, 176, decode_q5_k, kInt8),
      requantized(14, "Q6_K", kSuperBlock, 210, decode_q6_k, kInt8),
      requantized(23, "IQ4_XS", kSuperBlock, 136, decode_iq4_xs, kInt8),
  };
  return kTypes;
}

struct TypeName {
  uint32_t id;
  const char* name;
};
constexpr TypeName kUnread[] = {{9, "Q8_1"},     {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
                                {18, "IQ3_XXS"}, {19, "IQ1_S"}, {21, "IQ3_S"},   {22, "IQ2_S"},
                                {24, "I8"},      {25, "I16"},   {26, "I32"},     {27, "I64"},
                                {28, "F64"},     {29, "IQ1_M"}, {34, "TQ1_0"},   {35, "TQ2_0"},
                                {40, "NVFP4"},   {41, "Q1_0"},  {42, "Q2_0"}};

}  // namespace

const BlockType* find_block_type(uint32_t id) {
  for (const BlockType& type : block_types()) {
    if (type.id == id) return &type;
  }
  return nullptr;
}

std::string block_type_name(uint32_t id) {
  if (const BlockType* const type = find_block_type(id)) return type->name;
  for (const TypeName& type : kUnread) {
    if (type.id == id) return type.name;
  }
  return std::to_string(id);
}

}  // namespace nibble::offline
