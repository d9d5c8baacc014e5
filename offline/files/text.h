// Text from files and blobs made fit for terminals and blobs; bytes as hexadecimal text.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace nibble::offline {

/// Text as a terminal may have it: a control character other than a newline (C0, DEL, C1), which
/// could steer the terminal, becomes '?'.
std::string without_controls(std::string text);

/// Text as every blob may have it: all but printable ASCII becomes '?', byte by byte.
std::string printable_ascii(std::string_view text);

/// Bytes that are no UTF-8 become U+FFFD.
std::string valid_utf8(const std::string& text);

/// Two lower-case digits per byte.
std::string hex(std::span<const uint8_t> bytes);

/// SHA-256 of the bytes, as hex() writes it.
std::string sha256_hex(std::string_view bytes);

}  // namespace nibble::offline
