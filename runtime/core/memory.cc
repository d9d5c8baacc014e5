// memcpy, memmove, memset and memcmp for images that have no C library.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <stddef.h>
#include <stdint.h>

namespace {

// May have any alignment, and any type behind it: where a target traps on unaligned accesses, the
// compiler turns these into byte accesses.
typedef uint64_t AnyWord __attribute__((may_alias, aligned(1)));
constexpr size_t kWordBytes = sizeof(AnyWord);

void copy_up(uint8_t* to, const uint8_t* from, size_t count) {
  for (; count >= kWordBytes; count -= kWordBytes, to += kWordBytes, from += kWordBytes)
    *reinterpret_cast<AnyWord*>(to) = *reinterpret_cast<const AnyWord*>(from);
  for (; count != 0; --count) *to++ = *from++;
}

void copy_down(uint8_t* to, const uint8_t* from, size_t count) {
  for (; count >= kWordBytes; count -= kWordBytes)
    *reinterpret_cast<AnyWord*>(to + count - kWordBytes) =
        *reinterpret_cast<const AnyWord*>(from + count - kWordBytes);
  for (; count != 0; --count) to[count - 1] = from[count - 1];
}

}  // namespace

extern "C" {

void* memcpy(void* __restrict to, const void* __restrict from, size_t count);
void* memmove(void* to, const void* from, size_t count);
void* memset(void* to, int value, size_t count);
int memcmp(const void* a, const void* b, size_t count);

void* memcpy(void* __restrict to, const void* __restrict from, size_t count) {
  copy_up(static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), count);
  return to;
}

void* memmove(void* to, const void* from, size_t count) {
  const auto target = reinterpret_cast<uintptr_t>(to);
  const auto source = reinterpret_cast<uintptr_t>(from);
  if (target - source >= count) {  // also when the target is below the source: the difference wraps
    copy_up(static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), count);
  } else {
    copy_down(static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), count);
  }
  return to;
}

void* memset(void* to, int value, size_t count) {
  auto* bytes = static_cast<uint8_t*>(to);
  const auto byte = static_cast<uint8_t>(value);
  const uint64_t word = byte * 0x0101010101010101u;
  for (; count >= kWordBytes; count -= kWordBytes, bytes += kWordBytes)
    *reinterpret_cast<AnyWord*>(bytes) = word;
  for (; count != 0; --count) *bytes++ = byte;
  return to;
}

int memcmp(const void* a, const void* b, size_t count) {
  const auto* left = static_cast<const uint8_t*>(a);
  const auto* right = static_cast<const uint8_t*>(b);
  while (count >= kWordBytes &&
         *reinterpret_cast<const AnyWord*>(left) == *reinterpret_cast<const AnyWord*>(right))
    left += kWordBytes, right += kWordBytes, count -= kWordBytes;
  for (; count != 0; --count, ++left, ++right)
    if (*left != *right) return *left - *right;
  return 0;
}

}  // extern "C"
