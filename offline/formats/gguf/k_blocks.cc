// Takes super-blocks apart: scales of sub-blocks first, then codes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/k_blocks.h"

#include "offline/formats/gguf/block_bytes.h"

namespace nibble::offline {
namespace {

/// Scale and minimum of one sub-block of 32, six bits each.
struct SubBlock {
  uint32_t scale, minimum;
};

/// Sub-block `j` of eight in the 12 bytes of Q4_K and Q5_K (ggml-quants.c, get_scale_min_k4).
SubBlock sub_block(const std::byte* scales, uint32_t j) {
  if (j < 4) return {byte_at(scales, j) & 63, byte_at(scales, j + 4) & 63};
  const uint32_t low = byte_at(scales, j + 4);
  return {(low & 15) | (byte_at(scales, j - 4) >> 6) << 4, low >> 4 | (byte_at(scales, j) >> 6)
                                                                          << 4};
}

/// Scale `k` of sixteen in the 12 bytes of Q3_K, without its bias of 32.
uint32_t q3_scale(const std::byte* scales, uint32_t k) {
  const uint32_t low = k < 8 ? byte_at(scales, k) & 15 : byte_at(scales, k - 8) >> 4;
  const uint32_t high = byte_at(scales, 8 + k % 4) >> 2 * (k / 4) & 3;
  return low | high << 4;
}

/// Two-bit code of element 128·half + 32·pair + i, in 64 bytes of codes.
uint32_t two_bits(const std::byte* codes, uint32_t half, uint32_t pair, uint32_t i) {
  return byte_at(codes, 32 * half + i) >> 2 * pair & 3;
}

/// Four-bit code of element e: sub-blocks share bytes in pairs.
uint32_t half_byte(const std::byte* codes, uint32_t e) {
  return byte_at(codes, e / 64 * 32 + e % 32) >> (e / 32 % 2 * 4) & 15;
}

/// Q4_K and Q5_K: scale · code − minimum, both of the element's sub-block.
template <class Code>
void decode_with_minimum(const std::byte* block, float* out, Code code) {
  const float d = float_of_half_at(block, 0), least = float_of_half_at(block, 2);
  for (uint32_t e = 0; e < kSuperBlock; ++e) {
    const SubBlock sub = sub_block(block + 4, e / 32);
    out[e] = d * static_cast<float>(sub.scale) * static_cast<float>(code(e)) -
             least * static_cast<float>(sub.minimum);
  }
}

}  // namespace

void decode_q2_k(const std::byte* block, float* out) {
  const std::byte* const codes = block + 16;
  const float d = float_of_half_at(block, 80), least = float_of_half_at(block, 82);
  for (uint32_t e = 0; e < kSuperBlock; ++e) {
    const uint32_t scales = byte_at(block, e / 16), half = e / 128, pair = e / 32 % 4;
    const float scale = d * static_cast<float>(scales & 15);
    const float minimum = least * static_cast<float>(scales >> 4);
    out[e] = scale * static_cast<float>(two_bits(codes, half, pair, e % 32)) - minimum;
  }
}

void decode_q3_k(const std::byte* block, float* out) {
  const std::byte* const high = block;
  const std::byte* const codes = block + 32;
  const std::byte* const scales = block + 96;
  const float d = float_of_half_at(block, 108);
  for (uint32_t e = 0; e < kSuperBlock; ++e) {
    const uint32_t half = e / 128, pair = e / 32 % 4;
    const int scale = static_cast<int>(q3_scale(scales, e / 16)) - 32;
    const int bias = (byte_at(high, e % 32) >> (4 * half + pair) & 1) != 0 ? 0 : 4;
    const int code = static_cast<int>(two_bits(codes, half, pair, e % 32)) - bias;
    out[e] = d * static_cast<float>(scale) * static_cast<float>(code);
  }
}

void decode_q4_k(const std::byte* block, float* out) {
  decode_with_minimum(block, out, [codes = block + 16](uint32_t e) { return half_byte(codes, e); });
}

void decode_q5_k(const std::byte* block, float* out) {
  decode_with_minimum(block, out, [high = block + 16, codes = block + 48](uint32_t e) {
    return half_byte(codes, e) | (byte_at(high, e % 32) >> e / 32 & 1) << 4;
  });
}

void decode_q6_k(const std::byte* block, float* out) {
  const std::byte* const high = block + 128;
  const std::byte* const scales = block + 192;
  const float d = float_of_half_at(block, 208);
  for (uint32_t e = 0; e < kSuperBlock; ++e) {
    const uint32_t half = e / 128, quarter = e / 32 % 4, i = e % 32;
    const uint32_t low = byte_at(block, 64 * half + quarter % 2 * 32 + i) >> (quarter / 2 * 4) & 15;
    const uint32_t top = byte_at(high, 32 * half + i) >> 2 * quarter & 3;
    const int code = static_cast<int>(low | top << 4) - 32;
    out[e] = d * static_cast<float>(signed_byte_at(scales, e / 16)) * static_cast<float>(code);
  }
}

void decode_iq4_xs(const std::byte* block, float* out) {
  const float d = float_of_half_at(block, 0);
  const uint32_t high = half_at(block, 2);
  for (uint32_t e = 0; e < kSuperBlock; ++e) {
    const uint32_t sub = e / 32;
    const uint32_t low = byte_at(block, 4 + sub / 2) >> sub % 2 * 4 & 15;
    const int scale = static_cast<int>(low | (high >> 2 * sub & 3) << 4) - 32;
    out[e] = d * static_cast<float>(scale) *
             static_cast<float>(kIq4Values[nibble_at(block + 8 + size_t{16} * sub, e % 32)]);
  }
}

}  // namespace nibble::offline
