// A lock on a folder, for who reads a file in it and then replaces it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <sys/types.h>

#include <filesystem>

namespace nibble::offline {

/// What to do where another process or thread has the lock.
enum class IfLocked { Wait, Refuse };

/// Held by one process or thread at a time. The kernel lets go of it whatever happens to the
/// process, and nothing is left behind in the folder.
class FolderLock {
 public:
  /// Throws OutputError.
  explicit FolderLock(const std::filesystem::path& folder, IfLocked if_locked = IfLocked::Wait);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

  /// Whether it is this folder's, by whatever name.
  bool is_on(const std::filesystem::path& folder) const;

 private:
  int descriptor_;
};

}  // namespace nibble::offline
