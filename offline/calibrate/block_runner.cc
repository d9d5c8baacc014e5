// Restores a window's buffers in a session of its own, runs ops, and saves what comes out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/block_runner.h"

#include <utility>

#include "offline/host/parallel.h"

namespace nibble::offline {

BlockRunner::BlockRunner(const LoadedModel& model, const std::vector<Block>& blocks,
                         const TokenSamples& samples)
    : model_(model), blocks_(blocks), samples_(samples), carried_(samples.windows.size()) {}

std::unique_ptr<TracedSession> BlockRunner::take_session() {
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<TracedSession> session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  const auto tokens = static_cast<uint32_t>(window_tokens());
  SessionConfig config;
  config.context_tokens = config.batch_tokens = config.logit_rows = tokens;
  return std::make_unique<TracedSession>(model_, config);
}

void BlockRunner::give_back(std::unique_ptr<TracedSession> session) {
  const std::lock_guard lock(mutex_);
  idle_.push_back(std::move(session));
}

void BlockRunner::enter(size_t window, const std::function<void(TracedSession&)>& visit) {
  std::unique_ptr<TracedSession> session = take_session();
  session->start(samples_.windows[window]);
  if (current_ != 0) session->run_ops(0, blocks_[0].end);
  for (size_t i = 0; i < carried_[window].size(); ++i) {
    session->write_buffer(block().carried[i], carried_[window][i]);
  }
  visit(*session);
  give_back(std::move(session));
}

void BlockRunner::keep_carried(const TracedSession& session, const Block& next, size_t window) {
  carried_[window].clear();
  for (const uint16_t buffer : next.carried) {
    carried_[window].push_back(session.read_buffer(buffer));
  }
}

void BlockRunner::advance(unsigned threads, const std::function<void(double)>& progress) {
  const Block& next = blocks_[current_ + 1];
  run_tasks(
      windows(),
      [&](size_t window) {
        enter(window, [&](TracedSession& session) {
          session.run_ops(block().begin, block().end);
          keep_carried(session, next, window);
        });
      },
      [&](size_t done) { progress(static_cast<double>(done) / static_cast<double>(windows())); },
      threads);
  ++current_;
}

}  // namespace nibble::offline
