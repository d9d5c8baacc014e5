// One opening of an input file: its bytes mapped read-only, whatever the file's size.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace nibble::offline {

/// A regular file, open and mapped from construction to destruction: bytes() and read() are of the
/// same file, whatever its path names later. The size is taken once: bytes appended later are not
/// seen. Shrinking a file while it is mapped ends the process.
class MappedFile {
 public:
  /// Throws InputError when the file cannot be opened or is not a regular file.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return bytes_; }
  /// Fills `out` from `offset` without making the file's pages part of this process. Any number of
  /// threads may read at once. @returns false when the file ends before, or cannot be read
  bool read(uint64_t offset, std::span<uint8_t> out) const;

 private:
  /// Closes its descriptor when it goes out of scope.
  struct Descriptor {
    int number;
    ~Descriptor();
  };

  Descriptor descriptor_;
  std::span<const std::byte> bytes_;
};

/// SHA-256 of a file's bytes, as hex() writes it. Throws InputError.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace nibble::offline
