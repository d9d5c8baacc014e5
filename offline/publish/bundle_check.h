// Whether a bundle is whole and says one thing: verified offline.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace nibble::offline {

/// Checksums of all files, front matter by the hubs' rules, links, and the identity of the blob in
/// card, configuration and validation. @returns a sentence for each fault. Throws InputError where
/// the folder is no bundle at all.
std::vector<std::string> check_bundle(const std::filesystem::path& folder);

}  // namespace nibble::offline
