// The one definition of well-formed UTF-8 (Unicode 15, table 3-7) and of control characters.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble {

enum class Utf8 { Whole, Cut, Malformed };

/// The start of a text: a whole character, a character that the end of the text cuts off, or bytes
/// that begin no character. `bytes` is the length of the character, of its part before the cut, or
/// of the longest prefix that could have begun a character (at least 1), which one U+FFFD replaces.
struct Utf8Prefix {
  Utf8 kind;
  size_t bytes;
};

/// @pre !text.empty()
constexpr Utf8Prefix utf8_prefix(Text text) {
  const auto byte = [text](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t lead = byte(0);
  if (lead < 0x80) return {Utf8::Whole, 1};
  if (lead < 0xC2 || lead > 0xF4) return {Utf8::Malformed, 1};

  const size_t bytes = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  // The second byte rules out overlong forms, surrogates and what is above U+10FFFF.
  uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  for (size_t i = 1; i < bytes; ++i) {
    if (i == text.size()) return {Utf8::Cut, i};
    if (byte(i) < lowest || byte(i) > highest) return {Utf8::Malformed, i};
    lowest = 0x80;
    highest = 0xBF;
  }
  return {Utf8::Whole, bytes};
}

/// C0, DEL and C1: what could steer a terminal. @pre character is one whole character
constexpr bool is_control(Text character) {
  const auto lead = static_cast<uint8_t>(character[0]);
  if (lead == 0xC2) return static_cast<uint8_t>(character[1]) < 0xA0;
  return lead < 0x20 || lead == 0x7F;
}

}  // namespace nibble
