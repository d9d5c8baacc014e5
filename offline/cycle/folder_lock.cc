// flock() on the folder itself: no file that could stay behind.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "offline/files/input_error.h"

namespace nibble::offline {

FolderLocks::~FolderLocks() {
  for (const Lock& lock : locks_) ::close(lock.descriptor);
}

void FolderLocks::add(const std::filesystem::path& folder, IfTaken if_taken) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  struct stat status{};
  if (descriptor < 0 || ::fstat(descriptor, &status) != 0) {
    throw InputError(folder.string(), std::string("cannot be opened as a folder: ") +
                                          std::strerror(errno) + "; give one that is there");
  }
  const bool is_locked = std::ranges::any_of(locks_, [&](const Lock& lock) {
    return lock.device == status.st_dev && lock.inode == status.st_ino;
  });
  if (is_locked) {
    ::close(descriptor);
    return;
  }
  const int mode = if_taken == IfTaken::Wait ? LOCK_EX : LOCK_EX | LOCK_NB;
  if (::flock(descriptor, mode) != 0) {
    const int error = errno;
    ::close(descriptor);
    throw InputError(folder.string(),
                     error == EWOULDBLOCK
                         ? "another nibble cycle works on this folder; wait until it has ended"
                         : std::string("cannot be locked: ") + std::strerror(error));
  }
  locks_.push_back({descriptor, status.st_dev, status.st_ino});
}

}  // namespace nibble::offline
