// Rounds of work: one counter starts each round, another says when it has ended, and every part of
// a round is claimed by whoever gets to it first.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/thread_pool.h>

#include <atomic>
#include <thread>
#include <vector>

namespace nibble {
namespace {

using Body = void (*)(void* argument, uint32_t first, uint32_t last);

/// Tells the core that this loop only waits.
void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// Waits until `value` is no longer `old`, and returns the new value. The next op follows within
/// microseconds, and waking a sleeper takes longer than that, so the wait begins without sleep.
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

struct ThreadPool::State {
  explicit State(uint32_t thread_count) : threads(thread_count) {}

  void run(uint32_t tile_count, Body tile_body, void* body_argument);
  bool claim(uint32_t part, uint32_t this_round);
  void run_part(uint32_t part) const;
  void end_part();
  void work(uint32_t part);

  /// The round in which a part was last claimed, on a line of its own.
  struct alignas(64) Claim {
    std::atomic<uint32_t> round = 0;
  };

  const uint32_t threads;
  std::vector<Claim> claims{threads};
  std::vector<std::thread> workers;
  // The work of a round, which the caller writes while no part is claimed and not ended.
  uint32_t tiles = 0;
  Body body = nullptr;
  void* argument = nullptr;
  std::atomic<bool> is_ending = false;
  // Each on a cache line of its own: workers that spin on one must not slow down the other.
  alignas(64) std::atomic<uint32_t> round = 0;    // counts rounds; workers wait for it to change
  alignas(64) std::atomic<uint32_t> working = 0;  // parts that have not ended this round
};

void ThreadPool::State::run(uint32_t tile_count, Body tile_body, void* body_argument) {
  if (tile_count < 2 || threads == 1) return tile_body(body_argument, 0, tile_count);
  tiles = tile_count;
  body = tile_body;
  argument = body_argument;
  working.store(threads - 1, std::memory_order_relaxed);
  const uint32_t this_round = round.fetch_add(1, std::memory_order_release) + 1;
  round.notify_all();
  run_part(0);
  // The caller takes over the part of a worker that the system has not let run yet.
  for (uint32_t part = 1; part < threads; ++part) {
    if (!claim(part, this_round)) continue;
    run_part(part);
    end_part();
  }
  for (uint32_t left = working.load(std::memory_order_acquire); left != 0;) {
    left = await_change(working, left);
  }
}

/// Whoever claims a part runs it. A worker that comes late finds its part claimed for its round or
/// a later one, and must not read the round's work: the caller may be writing the next.
bool ThreadPool::State::claim(uint32_t part, uint32_t this_round) {
  uint32_t before = this_round - 1;
  return claims[part].round.compare_exchange_strong(before, this_round, std::memory_order_acq_rel,
                                                    std::memory_order_relaxed);
}

void ThreadPool::State::run_part(uint32_t part) const {
  const auto bound = [this](uint64_t index) {
    return static_cast<uint32_t>(index * tiles / threads);
  };
  const uint32_t first = bound(part), last = bound(uint64_t{part} + 1);
  if (first != last) body(argument, first, last);
}

void ThreadPool::State::end_part() {
  // The caller waits for the last end only: the other ends need not wake it.
  if (working.fetch_sub(1, std::memory_order_acq_rel) == 1) working.notify_one();
}

void ThreadPool::State::work(uint32_t part) {
  for (uint32_t seen = 0;;) {
    seen = await_change(round, seen);
    if (is_ending.load(std::memory_order_relaxed)) return;
    if (!claim(part, seen)) continue;
    run_part(part);
    end_part();
  }
}

ThreadPool::ThreadPool(uint32_t threads) : state_(new State(threads == 0 ? 1 : threads)) {
  for (uint32_t part = 1; part < threads; ++part) {
    state_->workers.emplace_back([state = state_, part] { state->work(part); });
  }
}

ThreadPool::~ThreadPool() {
  state_->is_ending.store(true, std::memory_order_relaxed);
  state_->round.fetch_add(1, std::memory_order_release);
  state_->round.notify_all();
  for (std::thread& worker : state_->workers) worker.join();
  delete state_;
}

ParallelFor ThreadPool::parallel_for() {
  return {.context = state_, .run = [](void* state, uint32_t tiles, Body body, void* argument) {
            static_cast<State*>(state)->run(tiles, body, argument);
          }};
}

}  // namespace nibble
