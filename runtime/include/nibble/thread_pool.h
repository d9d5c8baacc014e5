// For ordinary processes: threads behind the parallel loops of loading and of sessions.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

namespace nibble {

/// Cuts [0, tiles) into one contiguous part per thread; sizes differ by at most one tile, and the
/// caller works on the first part. Between loops workers spin for tens of microseconds, then sleep.
/// One caller at a time. Only the constructor allocates and may throw std::system_error (no thread
/// to be had). Link with nibble_platform_hosted.
class ThreadPool {
 public:
  /// @param threads  the caller included; 0 counts as 1, for which no thread is started
  explicit ThreadPool(uint32_t threads);
  /// Ends the threads. @pre no loop is running
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// For SessionConfig and LoadConfig. Valid as long as the pool lives.
  ParallelFor parallel_for();

 private:
  struct State;
  State* state_;
};

}  // namespace nibble
