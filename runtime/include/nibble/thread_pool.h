// For ordinary processes: threads behind the parallel loops of loading and of sessions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

namespace nibble {

/// Cuts [0, tiles) into one contiguous part for each thread, of equal size give or take one; the
/// caller works on the first. Between loops workers spin for tens of microseconds, then sleep.
/// Link with nibble_platform_hosted. One caller at a time; nothing is allocated once it stands.
class ThreadPool {
 public:
  /// @param threads  the caller included; 0 counts as 1, and means no thread is started
  explicit ThreadPool(uint32_t threads);
  /// Ends the threads. @pre no loop is running
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// For SessionConfig and LoadConfig; valid as long as the pool.
  ParallelFor parallel_for();

 private:
  struct State;
  State* state_;
};

}  // namespace nibble
