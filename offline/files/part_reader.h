// A file read part by part, without its pages becoming part of this process.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace nibble::offline {

/// Any number of threads may read at once.
class PartReader {
 public:
  /// Throws InputError when the file cannot be opened.
  explicit PartReader(const std::filesystem::path& path);
  ~PartReader();
  PartReader(const PartReader&) = delete;
  PartReader& operator=(const PartReader&) = delete;

  /// Fills `out` from `offset`. @returns false when the file ends before, or cannot be read
  bool read(uint64_t offset, std::span<uint8_t> out) const;

 private:
  int descriptor_;
};

}  // namespace nibble::offline
