// What fuzz targets of weight files share: a file in memory that has a path, rows that are read.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "offline/weights/weight_source.h"
#include "tests/fuzz/fuzz.h"

namespace nibble::fuzz {

/// A file that is nowhere on disk, but has a path.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    const bool is_whole =
        descriptor_ >= 0 && write(descriptor_, data, size) == static_cast<ssize_t>(size);
    claim(is_whole, "the system has files in memory");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

inline void read_both_ends(const offline::WeightSource& weights) {
  if (weights.rows() == 0) return;
  std::vector<float> row(weights.columns());
  weights.read_rows(0, row);
  weights.read_rows(weights.rows() - 1, row);
}

}  // namespace nibble::fuzz
