// Weights asked for before they are needed.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

/// Fetches the step of 128 bytes that comes this far behind `codes`. The CPU's own prefetchers
/// stop at the end of a page and fetch less far ahead; a prefetch of what is not there is ignored.
/// Several tokens want it too: it brings the next block while this one meets every token.
inline void prefetch_step(const uint8_t* codes) {
  constexpr size_t kAheadBytes = 12288;
  __builtin_prefetch(codes + kAheadBytes);
  __builtin_prefetch(codes + kAheadBytes + 64);
}
