// The values in blocks of 256 weights, whose scales are themselves quantized.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>

namespace nibble::offline {

inline constexpr uint32_t kSuperBlock = 256;

/// IQ4_NL's and IQ4_XS's values of a code, before the scale (ggml-common.h, kvalues_iq4nl).
inline constexpr int8_t kIq4Values[16] = {-127, -104, -83, -65, -49, -35, -22, -10,
                                          1,    13,   25,  38,  53,  69,  89,  113};

/// Each fills out[256]; layouts and formulas are those of ggml-quants.c, dequantize_row_*. Products
/// are rounded to float from left to right.
void decode_q2_k(const std::byte* block, float* out);
void decode_q3_k(const std::byte* block, float* out);
void decode_q4_k(const std::byte* block, float* out);
void decode_q5_k(const std::byte* block, float* out);
void decode_q6_k(const std::byte* block, float* out);
void decode_iq4_xs(const std::byte* block, float* out);

}  // namespace nibble::offline
