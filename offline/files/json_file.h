// Strict JSON: what nlohmann-json accepts, less duplicate keys, deep nesting and byte order marks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

namespace nibble::offline {

/// Containers inside containers; a bare number has depth 0.
inline constexpr size_t kMaxJsonDepth = 64;
inline constexpr uint64_t kMaxJsonFileBytes = 64u << 20;

/// @param where  names the text in messages: "model/config.json"
/// Throws InputError with the byte offset (syntax, numbers out of range, invalid UTF-8) or the
/// JSON path (a key given twice, nesting beyond kMaxJsonDepth). Linear in the text; no recursion.
nlohmann::json parse_json(std::string_view text, const std::string& where);

/// parse_json() of a regular file of at most `max_bytes`. Throws InputError.
nlohmann::json read_json_file(const std::filesystem::path& path,
                              uint64_t max_bytes = kMaxJsonFileBytes);

}  // namespace nibble::offline
