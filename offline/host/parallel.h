// Independent tasks on the cores of the host; which error is reported does not depend on timing.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <functional>

namespace nibble::offline {

/// `wanted`, or one per CPU where it is 0; at least 1.
unsigned thread_count(unsigned wanted);

/// Runs task(0) … task(count − 1), several at a time, and returns when all have ended.
/// @param done  called after each task with the number that have ended; never from two threads at
///              once
/// @param threads  that run tasks; 0: one per CPU
/// Rethrows what the failed task of lowest index threw; tasks that have not begun by then do not
/// run.
void run_tasks(size_t count, const std::function<void(size_t)>& task,
               const std::function<void(size_t)>& done, unsigned threads = 0);

}  // namespace nibble::offline
