// What is given instead of a model that can be read: its kind, and what to give instead.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace nibble::offline {

/// Throws InputError: what `path` looks like, and what to do about it.
[[noreturn]] void refuse_unreadable(const std::filesystem::path& path);

/// What is said of the first file in a folder that holds weights of a kind which is not read;
/// nothing where there is no such file.
std::optional<std::string> unreadable_weights(const std::filesystem::path& folder);

}  // namespace nibble::offline
