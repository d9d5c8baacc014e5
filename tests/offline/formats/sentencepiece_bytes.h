// Writes tokenizer.model bytes, sound or not, field by field.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <bit>
#include <cstdint>
#include <string>

namespace nibble::test {

inline std::string varint(uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>(value | 0x80);
  return bytes + static_cast<char>(value);
}
inline std::string varint_field(uint32_t field, uint64_t value) {
  return varint(field << 3) + varint(value);
}
inline std::string bytes_field(uint32_t field, const std::string& bytes) {
  return varint(field << 3 | 2) + varint(bytes.size()) + bytes;
}
inline std::string float_field(uint32_t field, float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  std::string bytes = varint(field << 3 | 5);
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(bits >> (8 * i));
  return bytes;
}

enum PieceKind : uint64_t { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

inline std::string piece(const std::string& text, float score = 0, uint64_t kind = kNormal) {
  return bytes_field(1, bytes_field(1, text) + float_field(2, score) + varint_field(3, kind));
}
inline std::string byte_pieces() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    bytes += piece(std::string("<0x") + kDigits[byte / 16] + kDigits[byte % 16] + ">", 0, kByte);
  }
  return bytes;
}
inline std::string special_pieces() {
  return piece("<unk>", 0, kUnknown) + piece("<s>", 0, kControl) + piece("</s>", 0, kControl);
}
/// BPE, byte fallback.
inline std::string trainer() {
  return bytes_field(2, varint_field(3, 2) + varint_field(35, 1));
}
/// Identity, a space before the text, no other change of spaces.
inline std::string normalizer() {
  return bytes_field(3, varint_field(3, 1) + varint_field(4, 0) + varint_field(5, 1));
}

}  // namespace nibble::test
