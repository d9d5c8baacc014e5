// Whole small input files, bounded: vocabularies, JSON and texts, never weights; and first bytes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

namespace nibble::offline {

/// Of a text to score or to calibrate with: as much as the tokenizer takes at once.
inline constexpr uint64_t kMaxTextBytes = 1u << 30;

/// The bytes of a regular file. Throws InputError when it cannot be read or has more than
/// `max_bytes`.
std::string read_input_file(const std::filesystem::path& path, uint64_t max_bytes);

/// At most `count` bytes from the start of a regular file; none of what cannot be read. Throws
/// nothing.
std::string first_bytes(const std::filesystem::path& path, size_t count);

}  // namespace nibble::offline
