// A sequence: one text with its tokens, its position and its cache. Whatever computes it is a
// pass's (workspace.h).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include "runtime/core/arena.h"
#include "runtime/format/blob.h"
#include "runtime/kernels/kernels.h"
#include "runtime/model/model_state.h"

namespace nibble::session {

struct SequencePlan {
  uint32_t context_tokens;
  uint32_t batch_tokens;  ///< Rows that one pass stores, at most.
  format::KvType kv_type;
};

struct Sequence {
  /// Queues tokens to be computed. @returns BadArgument (none) | TokenOutOfRange | ContextFull
  Status append(Span<const Token> tokens, uint32_t vocabulary);
  /// Notes that a pass is going to store the first `rows` queued tokens in the cache.
  void reach(uint32_t rows);
  /// Counts the first `rows` queued tokens as computed. @pre rows <= queued
  void advance(uint32_t rows);
  /// Goes back to a position, if windows have not overwritten what it sees. @returns whether it did
  bool rewind(uint32_t to);
  /// Tokens that are queued, from the one at position() on.
  const Token* next_tokens() const { return history + position; }

  KvCache* layers = nullptr;  ///< [layers of the model]
  uint8_t* planes = nullptr;  ///< What `layers` describe.
  Token* history = nullptr;   ///< [context_tokens]: computed tokens, then queued ones.
  uint32_t context_tokens = 0;
  uint32_t position = 0;  ///< Tokens computed.
  uint32_t reached = 0;   ///< Positions that the cache has seen, those of a dropped pass too.
  uint32_t rewindable = ~uint32_t{0};  ///< Positions before `reached` that rewind() may go back to.
  uint32_t queued = 0;  ///< Not computed yet; those of a pass under way are included.
};

/// Takes the memory of a sequence from an arena, and adds it to the session's line items.
/// @returns a sequence at position 0, without its layers described
Sequence carve_sequence(Arena& arena, const ModelState& model, const SequencePlan& plan,
                        SessionMemory& memory);
/// Divides the carved planes among the layers. @pre the arena fits()
void describe_layers(Sequence& sequence, const ModelState& model, const SequencePlan& plan);

}  // namespace nibble::session
