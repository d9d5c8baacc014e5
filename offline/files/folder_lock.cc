// An advisory lock on the folder itself.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

[[noreturn]] void fail(const std::filesystem::path& folder, const char* doing, int error) {
  throw OutputError(folder,
                    std::string("cannot ") + doing + " the folder: " + std::strerror(error));
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder)
    : descriptor_(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (descriptor_ < 0) fail(folder, "open", errno);
  while (::flock(descriptor_, LOCK_EX) != 0) {
    const int error = errno;
    if (error == EINTR) continue;
    ::close(descriptor_);
    fail(folder, "lock", error);
  }
}

FolderLock::~FolderLock() {
  ::close(descriptor_);
}

}  // namespace nibble::offline
