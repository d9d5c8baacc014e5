// An arena on a host, in pages that are not resident until they are used.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include <cstddef>

namespace nibble::offline {

enum class PageSize {
  Small,  ///< Only what is touched becomes resident.
  Huge,   ///< Where the system has them: for memory that is used whole, and read again and again.
};

/// Zeroed anonymous pages; more than 64-byte aligned. Throws std::bad_alloc.
class HostMemory {
 public:
  HostMemory() = default;
  explicit HostMemory(size_t bytes, PageSize pages = PageSize::Small);
  ~HostMemory();
  HostMemory(HostMemory&& other) noexcept;
  HostMemory& operator=(HostMemory&& other) noexcept;

  MutableBytes bytes() const { return {data_, bytes_}; }

 private:
  uint8_t* data_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace nibble::offline
