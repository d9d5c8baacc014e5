// Ways to run the tiles of an operation: on threads, or in an order nobody would choose.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

namespace nibble::test {

/// Gives each share of the tiles a new thread: slow, and independent of the platform's pool.
class ThreadPartition {
 public:
  explicit ThreadPartition(unsigned threads) : threads_(threads) {}
  /// @pre the object outlives what uses it
  ParallelFor parallel_for();

 private:
  static void run(void* context, uint32_t tiles, void (*body)(void*, uint32_t, uint32_t),
                  void* argument);
  unsigned threads_;
};

/// Runs one tile after another, the last one first.
class BackwardPartition {
 public:
  ParallelFor parallel_for();
};

}  // namespace nibble::test
