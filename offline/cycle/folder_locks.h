// The folders of a cycle, which no other process may work on meanwhile.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <algorithm>
#include <filesystem>
#include <vector>

#include "offline/files/folder_lock.h"

namespace nibble::offline {

class FolderLocks {
 public:
  /// Locks a folder; one that this object has locked already stays so. Throws OutputError.
  void add(const std::filesystem::path& folder, IfLocked if_locked = IfLocked::Refuse) {
    const auto is_same = [&](const FolderLock& lock) { return lock.is_on(folder); };
    if (std::ranges::none_of(locks_, is_same)) locks_.emplace_back(folder, if_locked);
  }

 private:
  std::vector<FolderLock> locks_;
};

}  // namespace nibble::offline
