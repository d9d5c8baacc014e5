// Reads one input file, whole, after looking at its size.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "offline/files/input_error.h"

namespace nibble::offline {

std::string read_input_file(const std::filesystem::path& path, uint64_t max_bytes) {
  std::error_code error;
  // A pipe or a device has no size to check, and could deliver bytes without end.
  if (!std::filesystem::is_regular_file(path, error)) {
    throw InputError(path.string(), error ? error.message() : "is not a regular file");
  }
  const uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) throw InputError(path.string(), error.message());
  if (bytes > max_bytes) {
    throw InputError(path.string(), "has " + std::to_string(bytes) + " bytes, at most " +
                                        std::to_string(max_bytes) + " are read");
  }
  std::ifstream file(path, std::ios::binary);
  std::string content(bytes, '\0');
  if (!file || !file.read(content.data(), static_cast<std::streamsize>(bytes))) {
    throw InputError(path.string(), std::string("cannot be read: ") + std::strerror(errno));
  }
  return content;
}

std::string first_bytes(const std::filesystem::path& path, size_t count) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) return {};  // a pipe might never yield a byte
  std::string bytes(count, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(bytes.data(), static_cast<std::streamsize>(count));
  bytes.resize(static_cast<size_t>(file.gcount()));
  return bytes;
}

}  // namespace nibble::offline
