// Structs that begin with their own size: what callers of another version left out reads as zero.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stddef.h>
#include <stdint.h>

namespace nibble::c_api {

inline uint32_t struct_bytes(const void* record) {
  uint32_t bytes = 0;
  __builtin_memcpy(&bytes, record, sizeof(bytes));
  return bytes;
}

/// Copies what `from` has of a struct into `to`, of `to_bytes`; what `from` lacks becomes zero.
/// @returns false when the size of `from` makes no sense, or when `from` sets a field that this
/// version does not know
inline bool read_struct(const void* from, void* to, uint32_t to_bytes) {
  __builtin_memset(to, 0, to_bytes);
  const uint32_t from_bytes = struct_bytes(from);
  constexpr uint32_t kMaxStructBytes = 4096;
  if (from_bytes < sizeof(from_bytes) || from_bytes > kMaxStructBytes) return false;
  const auto* const bytes = static_cast<const uint8_t*>(from);
  for (uint32_t i = to_bytes; i < from_bytes; ++i)
    if (bytes[i] != 0) return false;
  __builtin_memcpy(to, from, from_bytes < to_bytes ? from_bytes : to_bytes);
  return true;
}

/// Whether a struct to be written says how large it is.
inline bool is_struct(const void* record) {
  return struct_bytes(record) >= sizeof(uint32_t);
}

/// Copies as much of `from` as the caller's struct has room for; its size stays what it was.
/// @pre is_struct(to)
inline void write_struct(const void* from, uint32_t from_bytes, void* to) {
  const uint32_t to_bytes = struct_bytes(to);
  const uint32_t bytes = from_bytes < to_bytes ? from_bytes : to_bytes;
  __builtin_memcpy(static_cast<uint8_t*>(to) + sizeof(to_bytes),
                   static_cast<const uint8_t*>(from) + sizeof(to_bytes), bytes - sizeof(to_bytes));
}

}  // namespace nibble::c_api
