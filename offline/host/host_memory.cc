// Maps anonymous memory: its pages cost nothing until they are touched.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/host_memory.h"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace nibble::offline {

HostMemory::HostMemory(size_t bytes, PageSize page_size) : bytes_(bytes) {
  if (bytes == 0) return;
  void* const pages =
      ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages == MAP_FAILED) throw std::bad_alloc();
  data_ = static_cast<uint8_t*>(pages);
  // A failure is ignored: without huge pages everything works, only slower.
  if (page_size == PageSize::Huge) ::madvise(pages, bytes, MADV_HUGEPAGE);
}

HostMemory::~HostMemory() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

HostMemory::HostMemory(HostMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

HostMemory& HostMemory::operator=(HostMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(bytes_, other.bytes_);
  return *this;
}

}  // namespace nibble::offline
