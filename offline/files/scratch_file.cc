// mkstemp() and unlink() at once: O_TMPFILE does the same, but not on every file system.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/scratch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

#include "offline/files/output_file.h"

namespace nibble::offline {
namespace {

std::filesystem::path scratch_folder() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/var/tmp";
}

}  // namespace

ScratchFile::ScratchFile(const char* what, uint64_t bytes)
    : what_(what), folder_(scratch_folder()), bytes_(bytes) {
  std::string name = (folder_ / "nibble.XXXXXX").string();
  descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
  if (descriptor_ < 0) fail("create a file", errno);
  ::unlink(name.c_str());
  const int error = bytes == 0 ? 0 : ::posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
  if (error == 0) return;
  ::close(descriptor_);
  fail("find room", error);
}

ScratchFile::~ScratchFile() {
  ::close(descriptor_);
}

void ScratchFile::write(uint64_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail("write", errno);
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

void ScratchFile::read(uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pread(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) fail("read", count < 0 ? errno : EIO);
    bytes = bytes.subspan(static_cast<size_t>(count));
    offset += static_cast<uint64_t>(count);
  }
}

void ScratchFile::fail(const char* doing, int error) const {
  throw OutputError(folder_, std::string("cannot ") + doing + " for " + what_ + " (" +
                                 std::to_string(bytes_) + " bytes): " + std::strerror(error) +
                                 "; set TMPDIR to a folder on a disk with room");
}

}  // namespace nibble::offline
