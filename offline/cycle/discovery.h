// The models of a folder, and a copy of one to work on.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace nibble::offline {

struct FoundModel {
  std::string name;  ///< of the folder, or of the file without its ending
  std::filesystem::path path;
};

/// What `nibble pack` would take of a folder's entries, by name; not what is hidden, and no blobs.
/// @param name  only the model of this name; "": all
/// Throws InputError where there is none.
std::vector<FoundModel> discover_models(const std::filesystem::path& folder,
                                        const std::string& name);

/// Copies a model, and the vocabulary files beside a checkpoint of llama2.c, into a folder that is
/// there. @param before_each  called before each file; may throw
/// @returns the copy. Throws InputError.
std::filesystem::path copy_model(const FoundModel& model, const std::filesystem::path& folder,
                                 const std::function<void()>& before_each);

}  // namespace nibble::offline
