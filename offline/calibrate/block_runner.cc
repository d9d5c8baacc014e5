// Restores a window's buffers in a session of its own, runs ops, and saves what comes out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/block_runner.h"

#include <algorithm>
#include <span>
#include <utility>

#include "offline/host/parallel.h"
#include "runtime/model/model_state.h"

namespace nibble::offline {
namespace {

std::vector<size_t> widths(const LoadedModel& model) {
  std::vector<size_t> result;
  for (const format::BufferRecord& buffer : ModelState::of(model.model()).program.buffers) {
    result.push_back(buffer.width);
  }
  return result;
}

}  // namespace

BlockRunner::BlockRunner(const LoadedModel& model, const std::vector<Block>& blocks,
                         const TokenSamples& samples)
    : model_(model),
      blocks_(blocks),
      samples_(samples),
      buffer_widths_(widths(model)),
      carried_("what the blocks of a calibration hand on", slot_bytes() * windows()) {}

/// Of the block that carries most, so that every block's fit.
uint64_t BlockRunner::slot_bytes() const {
  size_t most = 0;
  for (const Block& block : blocks_) {
    size_t floats = 0;
    for (const uint16_t buffer : block.carried) floats += floats_of(buffer);
    most = std::max(most, floats);
  }
  return uint64_t{most} * sizeof(float);
}

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
  restore_carried(*session, window);
  visit(*session);
  give_back(std::move(session));
}

void BlockRunner::restore_carried(TracedSession& session, size_t window) const {
  uint64_t offset = slot_bytes() * window;
  for (const uint16_t buffer : block().carried) {
    std::vector<float> rows(floats_of(buffer));
    carried_.read(offset, std::as_writable_bytes(std::span(rows)));
    session.write_buffer(buffer, rows);
    offset += rows.size() * sizeof(float);
  }
}

void BlockRunner::keep_carried(const TracedSession& session, const Block& next, size_t window) {
  uint64_t offset = slot_bytes() * window;
  for (const uint16_t buffer : next.carried) {
    const std::vector<float> rows = session.read_buffer(buffer);
    carried_.write(offset, std::as_bytes(std::span(rows)));
    offset += rows.size() * sizeof(float);
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
