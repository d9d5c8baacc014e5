// The four platform functions for ordinary processes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/nibble.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>

void nibble_platform_panic(const char* file, int32_t line, const char* what) {
  std::fprintf(stderr, "nibble: %s at %s:%d\n", what, file, static_cast<int>(line));
  std::abort();
}

void nibble_platform_log(const char* text, size_t bytes) {
  std::fwrite(text, 1, bytes, stderr);
}

/// Nanoseconds.
uint64_t nibble_platform_ticks() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<uint64_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(now).count());
}

/// The system preempts a process on its own.
void nibble_platform_yield() {}
