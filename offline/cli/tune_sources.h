// What `nibble tune` measures: blobs that are there, and blobs that are still to be packed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "offline/cli/pack_variants.h"

namespace nibble::offline {

struct TuneBlob {
  std::string variant;
  std::filesystem::path path;    ///< of the blob; where it is still to be packed, its folder
  std::filesystem::path source;  ///< a model that `nibble pack` takes; empty: the blob is given
  const PackVariant* pack = nullptr;  ///< null: the blob is given
  bool is_packed = true;
};

/// Each blob that is given, and for each model each variant: a blob of it that the folder already
/// has, or one to pack. What does not exist is skipped with a line on standard error.
/// @param blob_folder  where packed blobs are
std::vector<TuneBlob> find_blobs(const std::vector<std::string>& sources,
                                 const std::vector<std::string>& variants,
                                 const std::filesystem::path& blob_folder);

/// Packs what is to be packed, and what was packed of other weights; each new blob gets its line in
/// SHA256SUMS. A variant that fails is told of on standard error and left out.
/// @returns whether none failed
bool pack_blobs(std::vector<TuneBlob>& blobs,
                const std::function<void(const std::string& stage, double done)>& progress);

}  // namespace nibble::offline
