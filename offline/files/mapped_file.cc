// Opens, sizes and maps one file; the descriptor is closed again at once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "offline/files/input_error.h"

namespace nibble::offline {
namespace {

/// Closes its descriptor when it goes out of scope: a mapping does not need it.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0) close(number);
  }
};

[[noreturn]] void refuse(const std::filesystem::path& path, const char* what) {
  throw InputError(path.string(), std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
  // Without O_NONBLOCK, opening a pipe would wait for someone to write to it.
  const Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0) refuse(path, "cannot be opened");
  struct stat status;
  if (fstat(file.number, &status) != 0) refuse(path, "cannot be examined");
  if (!S_ISREG(status.st_mode)) throw InputError(path.string(), "is not a regular file");
  const size_t size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // mmap refuses empty ranges
  void* const start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (start == MAP_FAILED) refuse(path, "cannot be mapped");
  bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

}  // namespace nibble::offline
