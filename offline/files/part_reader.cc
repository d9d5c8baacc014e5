// Reads at offsets: there is no position that threads would have to share.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/part_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "offline/files/input_error.h"

namespace nibble::offline {

PartReader::PartReader(const std::filesystem::path& path)
    : descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (descriptor_ < 0)
    throw InputError(path.string(), std::string("cannot be opened: ") + std::strerror(errno));
}

PartReader::~PartReader() {
  close(descriptor_);
}

bool PartReader::read(uint64_t offset, std::span<uint8_t> out) const {
  while (!out.empty()) {
    const ssize_t count = pread(descriptor_, out.data(), out.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    offset += static_cast<uint64_t>(count);
    out = out.subspan(static_cast<size_t>(count));
  }
  return true;
}

}  // namespace nibble::offline
