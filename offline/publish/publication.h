// What a card and a bundle are made of: a variant's results, its blob, and what its publisher says.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "offline/measure/cell_groups.h"
#include "offline/publish/front_matter.h"

namespace nibble::offline {

/// A blob, verified.
struct BlobDetails {
  std::filesystem::path path;
  std::string sha256;            ///< of the file
  std::string identity;          ///< of header and manifest
  nlohmann::ordered_json facts;  ///< blob_json()
};

/// Loads the blob as a target would. Throws InputError.
BlobDetails read_blob_details(const std::filesystem::path& path);

/// The file in the folder that a cell was measured with. Throws InputError where it is missing or
/// another one.
BlobDetails find_blob(const std::filesystem::path& folder, const ResultCell& cell);

struct Publication {
  const CellGroup& group;
  std::string variant;
  FrontMatter matter;
  std::optional<BlobDetails> blob;  ///< without it a card says less

  /// "kdoc-6m-int4": for the names of files; what they may not have becomes '_'.
  std::string file_name() const;
};

}  // namespace nibble::offline
