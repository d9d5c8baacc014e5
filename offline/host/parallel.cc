// Every thread takes the next task until there is none.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace nibble::offline {
namespace {

class TaskQueue {
 public:
  TaskQueue(size_t count, const std::function<void(size_t)>& task,
            const std::function<void(size_t)>& done)
      : count_(count), task_(task), done_(done) {}

  /// What each thread does. Tasks are taken in order, and a task that was taken is run: so the task
  /// of lowest index among those that fail always runs.
  void work() {
    while (!failed_) {
      const size_t index = next_++;
      if (index >= count_) return;
      try {
        task_(index);
        const std::lock_guard lock(mutex_);
        done_(++ended_);
      } catch (...) {
        note_failure(index);
      }
    }
  }

  void rethrow() const {
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  void note_failure(size_t index) {
    const std::lock_guard lock(mutex_);
    failed_ = true;
    if (failure_ != nullptr && index > failed_index_) return;
    failed_index_ = index;
    failure_ = std::current_exception();
  }

  const size_t count_;
  const std::function<void(size_t)>& task_;
  const std::function<void(size_t)>& done_;
  std::atomic<size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  size_t ended_ = 0;
  size_t failed_index_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

unsigned thread_count(unsigned wanted) {
  return wanted != 0 ? wanted : std::max(1u, std::thread::hardware_concurrency());
}

void run_tasks(size_t count, const std::function<void(size_t)>& task,
               const std::function<void(size_t)>& done, unsigned threads) {
  TaskQueue queue(count, task, done);
  {
    const size_t used = std::min<size_t>(thread_count(threads), count);
    std::vector<std::jthread> others;
    for (size_t i = 1; i < used; ++i) others.emplace_back([&queue] { queue.work(); });
    queue.work();
  }
  queue.rethrow();
}

}  // namespace nibble::offline
