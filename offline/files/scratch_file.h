// A file without a name, for what does not fit in memory: it is gone with the process, however
// that ends.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>

namespace nibble::offline {

/// Lies in the folder that TMPDIR names, or in /var/tmp, which is a disk where /tmp may be memory.
/// Several threads may read and write different bytes at once. Every failure throws OutputError.
class ScratchFile {
 public:
  /// Takes all the room at once, so that a full disk is known before the work begins.
  /// @param what  it is for: part of the error's text
  ScratchFile(const char* what, uint64_t bytes);
  ~ScratchFile();
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;

  /// @pre offset + bytes.size() is at most the file's size, here and below
  void write(uint64_t offset, std::span<const std::byte> bytes);
  void read(uint64_t offset, std::span<std::byte> bytes) const;

 private:
  [[noreturn]] void fail(const char* doing, int error) const;

  const char* what_;
  std::filesystem::path folder_;
  uint64_t bytes_;
  int descriptor_ = -1;
};

}  // namespace nibble::offline
