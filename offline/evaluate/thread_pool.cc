// Rounds of work: a counter starts each, another says when it has ended.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/thread_pool.h"

namespace nibble::offline {
namespace {

/// Tells the core that this is a loop of waiting.
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Waits until `value` is no longer `old`: an op takes microseconds, so first without sleeping.
uint32_t await_change(const std::atomic<uint32_t>& value, uint32_t old) {
  constexpr int kSpins = 2000;
  for (int spin = 0; spin < kSpins; ++spin) {
    const uint32_t now = value.load(std::memory_order_acquire);
    if (now != old) return now;
    pause();
  }
  value.wait(old, std::memory_order_acquire);
  return value.load(std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(uint32_t threads) : threads_(threads) {
  for (uint32_t part = 1; part < threads; ++part) {
    workers_.emplace_back([this, part] { work(part); });
  }
}

ThreadPool::~ThreadPool() {
  is_ending_ = true;
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

ParallelFor ThreadPool::parallel_for() {
  return {.context = this, .run = [](void* pool, uint32_t tiles, Body body, void* argument) {
            static_cast<ThreadPool*>(pool)->run(tiles, body, argument);
          }};
}

void ThreadPool::run(uint32_t tiles, Body body, void* argument) {
  if (tiles < 2 || threads_ == 1) return body(argument, 0, tiles);
  tiles_ = tiles;
  body_ = body;
  argument_ = argument;
  working_.store(threads_ - 1, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
  round_.notify_all();
  run_part(0);
  for (uint32_t left = working_.load(std::memory_order_acquire); left != 0;) {
    left = await_change(working_, left);
  }
}

void ThreadPool::run_part(uint32_t part) const {
  const auto bound = [this](uint64_t index) {
    return static_cast<uint32_t>(index * tiles_ / threads_);
  };
  const uint32_t first = bound(part), last = bound(part + 1);
  if (first != last) body_(argument_, first, last);
}

void ThreadPool::work(uint32_t part) {
  for (uint32_t seen = 0;;) {
    seen = await_change(round_, seen);
    if (is_ending_) return;
    run_part(part);
    working_.fetch_sub(1, std::memory_order_release);
    working_.notify_one();
  }
}

}  // namespace nibble::offline
