// One process at a time on a folder.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <vector>

namespace nibble::offline {

/// Locks on folders, which end with this object or with the process, however it ends.
class FolderLocks {
 public:
  FolderLocks() = default;
  ~FolderLocks();
  FolderLocks(const FolderLocks&) = delete;
  FolderLocks& operator=(const FolderLocks&) = delete;

  enum class IfTaken { Refuse, Wait };
  /// Locks a folder; one that this object has locked already stays so.
  /// Throws InputError where another process has it, and where it is no folder.
  void add(const std::filesystem::path& folder, IfTaken if_taken = IfTaken::Refuse);

 private:
  struct Lock {
    int descriptor;
    dev_t device;
    ino_t inode;
  };
  std::vector<Lock> locks_;
};

}  // namespace nibble::offline
