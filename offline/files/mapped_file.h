// A file mapped read-only: weights are read where they lie, whatever their size.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace nibble::offline {

/// The mapping of one regular file, from construction to destruction. Its size is taken once:
/// bytes appended later are not seen. Shrinking a file while it is mapped ends the process.
class MappedFile {
 public:
  /// Throws InputError when the file cannot be opened or is not a regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace nibble::offline
