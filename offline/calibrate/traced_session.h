// A pass over tokens that can be run op by op, with every buffer readable and writable in between.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "offline/host/loaded_model.h"
#include "runtime/session/session_plan.h"

namespace nibble::offline {

/// Runs one pass at a time, over tokens at positions 0, 1, … of a sequence of its own, by the same
/// code as a Session, so with the same bits. The model outlives it.
class TracedSession {
 public:
  /// Called before op `op` of the program runs: its inputs are as the op will read them.
  using Visitor = std::function<void(uint32_t op, const format::OpRecord& record)>;

  /// @param config  context_tokens and batch_tokens bound the tokens of a pass; logit_rows is the
  ///                number of last positions whose logits are computed
  /// Throws InputError, naming the model, when the configuration does not fit it.
  TracedSession(const LoadedModel& model, const SessionConfig& config);

  Span<const format::OpRecord> ops() const;
  Span<const format::BufferRecord> buffers() const;

  /// Begins a pass; nothing is computed yet, and no buffer holds anything.
  /// Throws InputError when the tokens are none, too many for a pass, or not in the vocabulary.
  void start(std::span<const Token> tokens);
  /// Runs ops [first, last) of the pass. Ops may be left out whose results write_buffer() has
  /// stored. @pre start() was called; what the ops read was written
  void run_ops(uint32_t first, uint32_t last, const Visitor& visit = {});

  /// A buffer's rows of this pass, [rows, width]; of an Int8 buffer its codes times their scales.
  /// The contents are those of the last op that wrote the buffer, until an op writes another buffer
  /// that shares bytes with it.
  std::vector<float> read_buffer(uint16_t buffer) const;
  /// Stores rows [rows, width]. Throws std::invalid_argument for an Int8 buffer or another size.
  void write_buffer(uint16_t buffer, std::span<const float> rows);

 private:
  const program::Bindings& bindings() const;

  HostSession session_;
  std::vector<Token> tokens_;
  std::vector<RowPlace> places_;
  program::Pass pass_;
};

}  // namespace nibble::offline
