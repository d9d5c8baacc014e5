// Memory for an arena: on a cache line, exactly as large as asked, with canaries at both ends, and
// full of NaNs, so that a read before the first write shows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include <memory>

namespace nibble::test {

class GuardedMemory {
 public:
  /// @param misalign_bytes  moved off the cache line by so much, for refusals
  explicit GuardedMemory(size_t bytes, size_t misalign_bytes = 0);

  MutableBytes bytes() const { return {start_, bytes_}; }
  /// False once a byte outside bytes() was written.
  bool canaries_whole() const;

 private:
  struct Free {
    void operator()(uint8_t* memory) const;
  };
  std::unique_ptr<uint8_t[], Free> memory_;
  size_t memory_bytes_ = 0;
  uint8_t* start_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace nibble::test
