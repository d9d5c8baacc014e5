// Where the tests' models are, and one packed blob for each configuration, shared by all tests.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace nibble::test {

/// greedy.txt of stories260k: this many tokens behind begin-of-text, prompt included.
inline constexpr size_t kStoryPositions = 200;

std::filesystem::path source_folder();  ///< of the repository
std::filesystem::path kdoc_folder();    ///< bundled, always there

/// Beside the repository and not part of it: nothing where they are missing, and the test skips.
std::optional<std::filesystem::path> stories_folder();
std::optional<std::filesystem::path> kdoc_heldout_text();
std::optional<std::filesystem::path> stories_heldout_text();

/// The whole file. Throws std::runtime_error if it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace nibble::test
