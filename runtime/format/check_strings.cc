// Checks of the manifest's strings: they will be printed, so only clean UTF-8 passes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/format/check.h"

namespace nibble::format {
namespace {

struct CodePoint {
  uint32_t value;
  uint32_t bytes;  ///< 0: not well-formed UTF-8
};

/// Strict: no overlong form, no surrogate, nothing above U+10FFFF.
CodePoint decode_utf8(Text text) {
  constexpr CodePoint kMalformed{0, 0};
  const auto first = static_cast<uint8_t>(text[0]);
  if (first < 0x80) return {first, 1};
  const uint32_t bytes = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || bytes > text.size()) return kMalformed;

  uint32_t value = first & (0x7Fu >> bytes);
  for (uint32_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<uint8_t>(text[i]);
    if ((next & 0xC0) != 0x80) return kMalformed;
    value = value << 6 | (next & 0x3F);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[bytes] || value > 0x10FFFF || surrogate) return kMalformed;
  return {value, bytes};
}

/// C0, DEL and C1: what could steer a terminal.
bool is_control(uint32_t code_point) {
  return code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0);
}

}  // namespace

Status check_strings(Text strings, uint32_t count) {
  uint32_t complete = 0;
  while (!strings.empty()) {
    if (complete == count) return Failure{Error::BadString, complete};
    if (strings[0] == 0) {
      ++complete;
      strings = strings.from(1);
      continue;
    }
    const CodePoint point = decode_utf8(strings);
    if (point.bytes == 0 || is_control(point.value)) return Failure{Error::BadString, complete};
    strings = strings.from(point.bytes);
    if (strings.empty()) return Failure{Error::BadString, complete};  // not terminated
  }
  if (complete != count) return Failure{Error::BadString, complete};
  return {};
}

}  // namespace nibble::format
