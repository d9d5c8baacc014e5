// Where the tests' models are, and one packed blob for each configuration, shared by all tests.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace nibble::test {

/// greedy.txt of stories260k has this many tokens after begin-of-text, prompt included.
inline constexpr size_t kStoryPositions = 200;

std::filesystem::path source_folder();  ///< of the repository
std::filesystem::path kdoc_folder();    ///< bundled, always there
std::filesystem::path kdoc_gpt2_folder();
std::filesystem::path golden_folder();  ///< figures that a change has to change on purpose

/// A generated model with all that kdoc-6m lacks: a ragged group, biases, an untied head; with
/// rotary scaling "none", "linear" or "llama3". Made by the fixture "blobs".
std::filesystem::path tiny_folder(const std::string& rope_scaling = "none");

/// Models beside the repository and not part of it. Empty where they are missing: the test skips.
std::optional<std::filesystem::path> stories_folder();
std::optional<std::filesystem::path> kdoc_heldout_text();
std::optional<std::filesystem::path> stories_heldout_text();

/// A blob packed once for this build by the fixture "blobs"; CMakeLists.txt lists them.
/// Throws std::runtime_error where it is missing.
std::filesystem::path blob_path(const std::string& name);

/// The bytes of the whole file. Throws std::runtime_error if it cannot be read.
std::string read_file(const std::filesystem::path& path);

}  // namespace nibble::test
