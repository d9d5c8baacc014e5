// Runs windows of tokens through a model block by block: what a block leaves is kept, so that no
// block before it runs again.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "offline/calibrate/block_plan.h"
#include "offline/calibrate/token_samples.h"
#include "offline/calibrate/traced_session.h"
#include "offline/files/scratch_file.h"

namespace nibble::offline {

/// Keeps, for each window, the buffers that the current block carries: as floats, width · 4 bytes
/// per token, in a scratch file, so that memory does not grow with the number of tokens. Several
/// threads may run different windows at once.
class BlockRunner {
 public:
  /// All arguments outlive the runner, which begins at block 0. Throws OutputError where the disk
  /// has no room for what blocks carry.
  BlockRunner(const LoadedModel& model, const std::vector<Block>& blocks,
              const TokenSamples& samples);

  const Block& block() const { return blocks_[current_]; }
  size_t windows() const { return samples_.windows.size(); }
  size_t window_tokens() const { return samples_.windows.front().size(); }

  /// Calls `visit` with a session whose pass over the window stands before the block's first op.
  void enter(size_t window, const std::function<void(TracedSession&)>& visit);
  /// Runs the block for every window, with the weights as they are, and moves on to the next one.
  void advance(unsigned threads, const std::function<void(double)>& progress);

 private:
  std::unique_ptr<TracedSession> take_session();
  void give_back(std::unique_ptr<TracedSession> session);
  /// Floats that a window of tokens has in a buffer.
  size_t floats_of(uint16_t buffer) const { return buffer_widths_[buffer] * window_tokens(); }
  uint64_t slot_bytes() const;
  void restore_carried(TracedSession& session, size_t window) const;
  void keep_carried(const TracedSession& session, const Block& next, size_t window);

  const LoadedModel& model_;
  const std::vector<Block>& blocks_;
  const TokenSamples& samples_;
  size_t current_ = 0;
  std::vector<size_t> buffer_widths_;
  ScratchFile carried_;  ///< [window][slot_bytes()]: the buffers of Block::carried, in its order
  std::mutex mutex_;
  std::vector<std::unique_ptr<TracedSession>> idle_;
};

}  // namespace nibble::offline
