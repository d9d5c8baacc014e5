// Runs a verified program over a batch of tokens, any number of tiles at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include "runtime/kernels/kernels.h"
#include "runtime/program/verifier.h"

namespace nibble::program {

/// What a program runs on: a model's tables, a session's memory, a CPU's kernels.
struct Bindings {
  Program program;
  const uint8_t* weights = nullptr;
  Span<const uint64_t> tensor_offsets;  ///< [program.tensors.size()], into `weights`
  uint32_t heads = 0;
  uint32_t kv_heads = 0;
  const Kernels* kernels = nullptr;
  ParallelFor parallel;
  uint8_t* token_area = nullptr;  ///< Buffers of kind BufferRows::Token
  uint8_t* logit_area = nullptr;  ///< Buffers of kind BufferRows::Logit
};

/// One run of the program over tokens [rows], each in its own place of a sequence.
struct Pass {
  const Token* tokens = nullptr;
  const RowPlace* places = nullptr;  ///< [rows]
  uint32_t rows = 0;
  uint32_t logit_rows = 0;  ///< Of the last tokens; 0: ops on logit rows are skipped.
};

/// The place in a pass: an op, and how many of its tiles are done.
class Executor {
 public:
  /// @pre the program was verified; all memory is as large as the pass needs
  void start(const Bindings& bindings, const Pass& pass);
  /// Runs at most `budget` tiles. @returns tiles of the budget left over
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
