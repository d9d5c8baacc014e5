// Each type as ggml-quants.c walks it: pointers that advance, where the reader indexes elements.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/offline/formats/gguf/block_reference.h"

#include <cmath>
#include <stdexcept>

namespace nibble::test {
namespace {

using Block = std::span<const uint8_t>;

double half(Block block, size_t at) {
  const int bits = block[at] | block[at + 1] << 8;
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (bits & 0x8000) != 0 ? -magnitude : magnitude;
}

const int kTable[] = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
const double kFp4[] = {0, 0.5, 1, 1.5, 2, 3, 4, 6};

/// Blocks of 32 nibbles: value(code with its fifth bit, index).
template <class Value>
std::vector<double> nibbles(Block codes, Value value) {
  std::vector<double> out(32);
  for (int j = 0; j < 16; ++j) {
    out[j] = value(codes[j] & 15, j);
    out[j + 16] = value(codes[j] >> 4, j + 16);
  }
  return out;
}

uint32_t bits32(Block block, size_t at) {
  return block[at] | block[at + 1] << 8 | block[at + 2] << 16 |
         static_cast<uint32_t>(block[at + 3]) << 24;
}

std::vector<double> five(Block block, size_t high_at, double d, double m, int zero) {
  const uint32_t high = bits32(block, high_at);
  return nibbles(block.subspan(high_at + 4),
                 [=](int code, int j) { return (code + (high >> j & 1 ? 16 : 0) - zero) * d + m; });
}

std::vector<double> q2_k(Block block) {
  std::vector<double> out;
  const double d = half(block, 80), least = half(block, 82);
  size_t is = 0;
  Block q = block.subspan(16);
  for (int n = 0; n < 256; n += 128, q = q.subspan(32)) {
    for (int shift = 0; shift < 8; shift += 2) {
      for (int part = 0; part < 2; ++part) {
        const int scale = block[is++];
        for (int l = 0; l < 16; ++l) {
          out.push_back(d * (scale & 15) * (q[16 * part + l] >> shift & 3) - least * (scale >> 4));
        }
      }
    }
  }
  return out;
}

std::vector<double> q3_k(Block block) {
  int scales[16];
  for (int k = 0; k < 16; ++k) {
    const Block b = block.subspan(96);
    const int low = k < 8 ? b[k] & 15 : b[k - 8] >> 4;
    scales[k] = (low | (b[8 + k % 4] >> 2 * (k / 4) & 3) << 4) - 32;
  }
  std::vector<double> out;
  const double d = half(block, 108);
  int mask = 1, is = 0;
  Block q = block.subspan(32);
  for (int n = 0; n < 256; n += 128, q = q.subspan(32)) {
    for (int shift = 0; shift < 8; shift += 2, mask <<= 1) {
      for (int l = 0; l < 32; ++l) {
        const int code = (q[l] >> shift & 3) - ((block[l] & mask) != 0 ? 0 : 4);
        out.push_back(d * scales[is + l / 16] * code);
      }
      is += 2;
    }
  }
  return out;
}

void scale_and_minimum(int j, Block q, int& d, int& m) {
  if (j < 4) {
    d = q[j] & 63;
    m = q[j + 4] & 63;
  } else {
    d = (q[j + 4] & 0xF) | ((q[j - 4] >> 6) << 4);
    m = (q[j + 4] >> 4) | ((q[j] >> 6) << 4);
  }
}

/// @param high  the plane of fifth bits; empty for Q4_K
std::vector<double> q45_k(Block block, Block high, Block q) {
  std::vector<double> out;
  const double d = half(block, 0), least = half(block, 2);
  int is = 0, bit = 1;
  for (int n = 0; n < 256; n += 64, q = q.subspan(32)) {
    for (int shift = 0; shift < 8; shift += 4, bit <<= 1) {
      int scale = 0, minimum = 0;
      scale_and_minimum(is++, block.subspan(4), scale, minimum);
      for (int l = 0; l < 32; ++l) {
        const int fifth = !high.empty() && (high[l] & bit) != 0 ? 16 : 0;
        out.push_back(d * scale * ((q[l] >> shift & 15) + fifth) - least * minimum);
      }
    }
  }
  return out;
}

std::vector<double> q6_k(Block block) {
  std::vector<double> out(256);
  const double d = half(block, 208);
  Block ql = block, qh = block.subspan(128), sc = block.subspan(192);
  for (int n = 0; n < 256; n += 128) {
    for (int l = 0; l < 32; ++l) {
      const int is = l / 16;
      const int codes[] = {
          (ql[l] & 15) | (qh[l] >> 0 & 3) << 4, (ql[l + 32] & 15) | (qh[l] >> 2 & 3) << 4,
          ql[l] >> 4 | (qh[l] >> 4 & 3) << 4, ql[l + 32] >> 4 | (qh[l] >> 6 & 3) << 4};
      for (int part = 0; part < 4; ++part) {
        out[n + l + 32 * part] = d * static_cast<int8_t>(sc[is + 2 * part]) * (codes[part] - 32);
      }
    }
    ql = ql.subspan(64);
    qh = qh.subspan(32);
    sc = sc.subspan(8);
  }
  return out;
}

std::vector<double> iq4_xs(Block block) {
  std::vector<double> out;
  const double d = half(block, 0);
  const int high = block[2] | block[3] << 8;
  for (int b = 0; b < 8; ++b) {
    const int scale = (block[4 + b / 2] >> 4 * (b % 2) & 15) | (high >> 2 * b & 3) << 4;
    for (const double value : nibbles(block.subspan(8 + 16 * b), [&](int code, int) {
           return d * (scale - 32) * kTable[code];
         })) {
      out.push_back(value);
    }
  }
  return out;
}

}  // namespace

std::vector<double> reference_block(uint32_t type, Block block) {
  const double d = half(block, 0);
  switch (type) {
    case 2:  // Q4_0
      return nibbles(block.subspan(2), [&](int code, int) { return (code - 8) * d; });
    case 3:  // Q4_1
      return nibbles(block.subspan(4), [&](int code, int) { return code * d + half(block, 2); });
    case 6:  // Q5_0
      return five(block, 2, d, 0, 16);
    case 7:  // Q5_1
      return five(block, 4, d, half(block, 2), 0);
    case 8: {  // Q8_0
      std::vector<double> out;
      for (int j = 0; j < 32; ++j) out.push_back(static_cast<int8_t>(block[2 + j]) * d);
      return out;
    }
    case 10:
      return q2_k(block);
    case 11:
      return q3_k(block);
    case 12:
      return q45_k(block, {}, block.subspan(16));
    case 13:
      return q45_k(block, block.subspan(16), block.subspan(48));
    case 14:
      return q6_k(block);
    case 20:  // IQ4_NL
      return nibbles(block.subspan(2), [&](int code, int) { return d * kTable[code]; });
    case 23:
      return iq4_xs(block);
    case 39:  // MXFP4
      return nibbles(block.subspan(1), [&](int code, int) {
        return std::ldexp((code & 8) != 0 ? -kFp4[code & 7] : kFp4[code & 7], block[0] - 127);
      });
    default:
      throw std::invalid_argument("no reference for this type");
  }
}

}  // namespace nibble::test
