// Opens, sizes and maps one file; reads at offsets share no position between threads.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "offline/files/input_error.h"
#include "offline/files/text.h"

namespace nibble::offline {
namespace {

[[noreturn]] void refuse(const std::filesystem::path& path, const char* what) {
  throw InputError(path.string(), std::string(what) + ": " + std::strerror(errno));
}

}  // namespace

MappedFile::Descriptor::~Descriptor() {
  if (number >= 0) close(number);
}

// Without O_NONBLOCK, opening a pipe would wait for someone to write to it.
MappedFile::MappedFile(const std::filesystem::path& path)
    : descriptor_{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)} {
  const int file = descriptor_.number;
  if (file < 0) refuse(path, "cannot be opened");
  struct stat status;
  if (fstat(file, &status) != 0) refuse(path, "cannot be examined");
  if (!S_ISREG(status.st_mode)) throw InputError(path.string(), "is not a regular file");
  const size_t size = static_cast<size_t>(status.st_size);
  if (size == 0) return;  // mmap refuses empty ranges
  void* const start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (start == MAP_FAILED) refuse(path, "cannot be mapped");
  bytes_ = {static_cast<const std::byte*>(start), size};
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

bool MappedFile::read(uint64_t offset, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t count =
        pread(descriptor_.number, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return true;
}

std::string sha256_of_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  const auto bytes = file.bytes();
  return sha256_hex({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

}  // namespace nibble::offline
