// Loops whose parts may run on several threads: what a caller who has threads gives the runtime.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stdint.h>

namespace nibble {

/// Runs body(argument, first, last) over a partition of [0, tiles), perhaps on several threads,
/// and returns when every part is done: what the parts wrote is then visible to the caller. Any
/// partition gives the same bits.
struct ParallelFor {
  void* context = nullptr;
  void (*run)(void* context, uint32_t tiles,
              void (*body)(void* argument, uint32_t first, uint32_t last),
              void* argument) = nullptr;  ///< null: run all tiles on the caller
};

}  // namespace nibble
