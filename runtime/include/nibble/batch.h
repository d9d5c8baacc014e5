// A batch: sessions of one model that are computed together, so that weights are read once for all.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

namespace nibble {

struct BatchConfig {
  /// Of every session. batch_tokens are the rows of a pass, which all sessions share: one for each
  /// that decodes, the others for prompts. logit_rows are those of each session.
  SessionConfig session = {};
  uint32_t sessions = 1;  ///< At least 1; sessions · logit_rows may be up to batch_tokens.
};

/// Sessions with one arena and one pass at a time. A pass takes one row of every session that has
/// one token queued, which is what decoding is, and gives the rows left to sessions with more, a
/// prompt after the other. Every session has the bits that it has alone, whatever the others do:
/// one that fails, ends or is cancelled leaves them untouched.
///
/// Each session is used as its own header says, with these differences:
/// - append() and rewind() are Busy only while some of that session's own queue is computed.
/// - step() computes the batch until that session is done, and so may finish others.
/// - cancel() while a pass is under way lets the pass go on with the other sessions. The rows that
///   it had are computed for nothing, and are in no result.
/// - logits() stay until a pass that makes others' logits begins: they are gone then (NothingToDo),
///   and step() computes that session's last token again to bring them back. Whoever draws from
///   every session that is ready before the next step() pays for nothing twice.
///
/// Lives in its arena; nothing to destroy. One thread at a time for the batch and all its sessions.
class Batch {
 public:
  /// Exact bytes create() needs: the carving code itself, measuring. Items that each session has
  /// are those of all sessions; activations and logits are those of the one pass.
  /// @returns line items | BadArgument (config out of range) | SizeOverflow
  static Result<SessionMemory> memory(const Model& model, const BatchConfig& config);
  static Result<size_t> arena_bytes(const Model& model, const BatchConfig& config);

  /// @param arena  64-byte aligned, outlives the batch and its sessions
  /// @returns a batch inside `arena`, every session at position 0 | BadArgument (config out of
  ///          range) | ArenaTooSmall (where = bytes needed) | ArenaMisaligned | UnsupportedCpu
  static Result<Batch*> create(const Model& model, const BatchConfig& config, MutableBytes arena);

  uint32_t session_count() const;
  /// @pre index < session_count()
  Session& session(uint32_t index);
  const Session& session(uint32_t index) const;

  /// Computes at most `tile_budget` (≥ 1) tiles of what the sessions have queued, and returns early
  /// at the end of a pass that made logits. Any budgets give the same bits.
  /// @returns Done: at least one session has new logits() | More | NothingToDo (no session has
  ///          tokens queued) | BadArgument (no budget)
  Result<Progress> step(uint64_t tile_budget);

 protected:  // Made by create() only, and never copied out of its arena.
  Batch() = default;
  Batch(const Batch&) = default;
  Batch& operator=(const Batch&) = default;
};

}  // namespace nibble
