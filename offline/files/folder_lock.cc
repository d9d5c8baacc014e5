// flock() on the folder itself: no file that could stay behind.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

[[noreturn]] void fail(const std::filesystem::path& folder, const char* doing, int error) {
  throw OutputError(folder,
                    std::string("cannot ") + doing + " the folder: " + std::strerror(error));
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, IfLocked if_locked)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail(folder, "open", errno);
  const int mode = if_locked == IfLocked::Wait ? LOCK_EX : LOCK_EX | LOCK_NB;
  while (::flock(descriptor_, mode) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    ::close(descriptor_);
    if (error != EWOULDBLOCK) fail(folder, "lock", error);
    throw OutputError(folder, "another nibble works on this folder; wait until it has ended");
  }
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool FolderLock::is_on(const std::filesystem::path& folder) const {
  struct stat own{}, other{};
  return ::fstat(descriptor_, &own) == 0 && ::stat(folder.c_str(), &other) == 0 &&
         own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

}  // namespace nibble::offline
