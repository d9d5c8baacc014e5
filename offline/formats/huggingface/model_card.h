// README.md of a model folder: the license its publisher declares.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace nibble::offline {

/// The value of `license:` in the block between "---" lines that a model card starts with, in
/// printable ASCII; empty where there is none.
std::string license_of_card(std::string_view card);

/// license_of_card() of folder/README.md; empty where there is no such file.
std::string read_license(const std::filesystem::path& folder);

}  // namespace nibble::offline
