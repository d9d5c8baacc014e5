// Threads behind a session's parallel_for on a host.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

namespace nibble::offline {

/// Cuts [0, tiles) into one equal part for each thread; the caller works on the first. One caller
/// at a time. Nothing is allocated once it stands.
class ThreadPool {
 public:
  /// @param threads  the caller included, at least 1
  explicit ThreadPool(uint32_t threads);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  /// For SessionConfig; lives as long as the pool.
  ParallelFor parallel_for();

 private:
  using Body = void (*)(void* argument, uint32_t first, uint32_t last);

  void run(uint32_t tiles, Body body, void* argument);
  void run_part(uint32_t part) const;
  void work(uint32_t part);

  uint32_t threads_;
  uint32_t tiles_ = 0;
  Body body_ = nullptr;
  void* argument_ = nullptr;
  std::atomic<uint32_t> round_ = 0;    ///< one for each run(); workers wait for it to change
  std::atomic<uint32_t> working_ = 0;  ///< workers that have not ended this round
  std::atomic<bool> is_ending_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace nibble::offline
