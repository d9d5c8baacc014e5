// Names of blobs that tell their model, their variant and when they were made; and their checksums.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "offline/files/utc_time.h"

namespace nibble::offline {

inline constexpr const char* kChecksumFile = "SHA256SUMS";

/// "kdoc-6m-int4.20261122_032000.nbl". What no file name may have becomes '_'.
std::string blob_name(const std::string& model, const std::string& variant, UtcTime time);

/// A name that the folder does not have yet: of the first free second from `time` on, so that a
/// clock that stepped back overwrites nothing.
std::filesystem::path free_blob_path(const std::filesystem::path& folder, const std::string& model,
                                     const std::string& variant, UtcTime time);

/// The folder's blob of this model and variant with the latest time in its name.
std::optional<std::filesystem::path> newest_blob(const std::filesystem::path& folder,
                                                 const std::string& model,
                                                 const std::string& variant);

/// Adds a line for a file of the folder to its SHA256SUMS, which `sha256sum -c` accepts, or
/// replaces the file's line; the others stay. Throws OutputError, InputError.
void add_checksum(const std::filesystem::path& file);

/// A line of SHA256SUMS: names with a newline or a backslash are written as sha256sum writes them.
std::string checksum_line(const std::string& sha256, const std::string& name);

}  // namespace nibble::offline
