// Runs a verified program over a batch of tokens, any number of tiles at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/program/bindings.h"

namespace nibble::program {

/// Runs one op of a pass whole. Host code that looks at buffers between ops runs a pass this way,
/// op by op in order; see buffer_rows().
/// @pre as Executor::start(); op < bindings.program.ops.size()
void run_op(const Bindings& bindings, const Pass& pass, uint32_t op);

/// A cursor in a pass: an op, and how many of its tiles are done.
class Executor {
 public:
  /// Without threads, nibble_platform_yield() is called behind so much work, or behind one tile if
  /// that has more; see tile_work(). About 25 µs of a core with AVX2.
  static constexpr uint64_t kWorkBetweenYields = uint64_t{1} << 19;

  /// @pre the program was verified; all memory is as large as the pass needs, and it, the bindings
  /// and the pass's tokens and places stay until the pass is done
  void start(const Bindings& bindings, const Pass& pass);
  /// Runs at most `budget` tiles. @returns tiles of the budget left over; none before it is done
  uint64_t run(uint64_t budget);
  bool done() const { return op_ == bindings_->program.ops.size(); }
  const Pass& pass() const { return pass_; }

  /// Tiles of a whole pass.
  static uint64_t tiles(const Bindings& bindings, const Pass& pass);

 private:
  const Bindings* bindings_ = nullptr;
  Pass pass_;
  uint32_t op_ = 0;
  uint32_t tile_ = 0;
};

}  // namespace nibble::program
