// The exception every reader of foreign input throws: what, where, what to do.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace nibble::offline {

/// Text as a terminal may have it: what could steer one (C0 but newlines, DEL, C1) becomes '?'.
inline std::string without_controls(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && (text[i + 1] & 0xE0) == 0x80;
    if (is_c1) text.erase(i, 1);
    if (is_c1 || (byte < 0x20 && byte != '\n') || byte == 0x7F) text[i] = '?';
  }
  return text;
}

/// Bad input: the command line ends with exit status 3 and prints what().
class InputError : public std::runtime_error {
 public:
  /// @param where  file, with an offset or JSON path: "model/config.json: /rope_scaling/type"
  /// @param what   what is wrong there, and what to do about it
  /// Both may quote the input: control characters in them do not come out.
  InputError(const std::string& where, const std::string& what)
      : std::runtime_error(without_controls(where + ": " + what)) {}
};

}  // namespace nibble::offline
