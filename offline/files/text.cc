// Replaces what cannot be shown, byte by byte.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/text.h"

#include <nlohmann/json.hpp>

#include "runtime/format/sha256.h"

namespace nibble::offline {

std::string without_controls(std::string text) {
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<uint8_t>(text[i]);
    // U+0080 to U+009F are two bytes of UTF-8.
    const bool is_c1 = byte == 0xC2 && i + 1 < text.size() && (text[i + 1] & 0xE0) == 0x80;
    if (is_c1) text.erase(i, 1);
    if (is_c1 || (byte < 0x20 && byte != '\n') || byte == 0x7F) text[i] = '?';
  }
  return text;
}

std::string printable_ascii(std::string_view text) {
  std::string clean(text);
  for (char& byte : clean) {
    if (byte < ' ' || byte > '~') byte = '?';
  }
  return clean;
}

std::string valid_utf8(const std::string& text) {
  const nlohmann::json document = text;
  return nlohmann::json::parse(
      document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

std::string hex(std::span<const uint8_t> bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const uint8_t byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  return hex(format::sha256({reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()}).bytes);
}

}  // namespace nibble::offline
