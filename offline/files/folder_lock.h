// A lock on a folder, for who reads a file in it and then replaces it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>

namespace nibble::offline {

/// Held by one process or thread at a time; the others wait. The kernel lets go of it whatever
/// happens to the process, and nothing is left behind in the folder.
class FolderLock {
 public:
  /// Throws OutputError.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace nibble::offline
