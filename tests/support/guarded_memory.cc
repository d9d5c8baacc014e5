// Puts one page of canaries on either side of the memory asked for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/guarded_memory.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace nibble::test {
namespace {

constexpr size_t kCanaryBytes = 4096;
constexpr std::align_val_t kAlign{64};
constexpr uint8_t kCanary = 0xC7;
constexpr uint8_t kPoison = 0xFF;

}  // namespace

void GuardedMemory::Free::operator()(uint8_t* memory) const {
  ::operator delete[](memory, kAlign);
}

GuardedMemory::GuardedMemory(size_t bytes, size_t misalign_bytes)
    : memory_bytes_(2 * kCanaryBytes + misalign_bytes + bytes), bytes_(bytes) {
  memory_.reset(new (kAlign) uint8_t[memory_bytes_]);
  std::memset(memory_.get(), kCanary, memory_bytes_);
  start_ = memory_.get() + kCanaryBytes + misalign_bytes;
  std::memset(start_, kPoison, bytes_);
}

bool GuardedMemory::canaries_whole() const {
  const auto is_canary = [](uint8_t byte) { return byte == kCanary; };
  return std::all_of(memory_.get(), start_, is_canary) &&
         std::all_of(start_ + bytes_, memory_.get() + memory_bytes_, is_canary);
}

}  // namespace nibble::test
