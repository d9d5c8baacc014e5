// The platform functions for ordinary processes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/nibble.h>

#include <cstdio>
#include <cstdlib>

void nibble_platform_panic(const char* file, int32_t line, const char* what) {
  std::fprintf(stderr, "nibble: %s at %s:%d\n", what, file, static_cast<int>(line));
  std::abort();
}

/// The system preempts a process on its own.
void nibble_platform_yield() {}
