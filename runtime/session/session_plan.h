// What batches and sessions are made of, their configuration with its defaults, and the carving of
// their arena: one function carves it and measures it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/batch.h>

#include "runtime/session/workspace.h"

namespace nibble {

struct BatchState;

namespace session {

/// How far a session is with its queue.
enum class Phase : uint32_t {
  Idle,             ///< Nothing of the queue is computed, and there are no logits.
  Stepping,         ///< Some of the queue is computed or in a pass, but not all of it is.
  LogitsReady,      ///< The queue is computed: the workspace holds the logits of its last pass.
  LogitsDisplaced,  ///< As LogitsReady, but a later pass has put others' logits in their place.
};

}  // namespace session

/// Every Session is one of these, in the arena of its batch: one sequence, and what is its own of
/// the passes. A session alone is a batch of one.
struct SessionState : Session {
  SessionState() = default;
  static SessionState& of(Session& session) { return static_cast<SessionState&>(session); }
  static const SessionState& of(const Session& session) {
    return static_cast<const SessionState&>(session);
  }

  BatchState* batch = nullptr;
  session::Sequence sequence;
  uint32_t pass_rows = 0;           ///< Of the pass under way; 0: none, or they were cancelled.
  uint32_t first_logit_row = 0;     ///< Of the last pass that it had rows in.
  program::BufferView logits = {};  ///< Its own rows of the logits, while phase is LogitsReady.
  session::Phase phase = session::Phase::Idle;
};

/// Every Batch is one of these, at the start of its arena.
struct BatchState : Batch {
  BatchState() = default;
  static BatchState& of(Batch& batch) { return static_cast<BatchState&>(batch); }
  static const BatchState& of(const Batch& batch) { return static_cast<const BatchState&>(batch); }

  const ModelState* model = nullptr;
  session::Workspace workspace;
  Span<SessionState> sessions;
  uint32_t logit_rows = 0;    ///< Of each session, at most.
  uint32_t first_prompt = 0;  ///< The session whose prompt has rows before those of others.
  bool is_in_pass = false;
};

namespace session {

/// A configuration with its defaults filled in, found to be within its limits.
struct SessionPlan {
  SequencePlan sequence;
  WorkspacePlan workspace;
  uint32_t sessions;
};
/// @returns a plan | BadArgument
Result<SessionPlan> plan_sessions(const ModelState& model, const BatchConfig& config);

struct BatchParts {
  BatchState* state = nullptr;
  Span<SessionState> sessions;  ///< In their first state, each with its carved sequence.
  Workspace workspace;
  SessionMemory memory;
};
BatchParts carve_batch(Arena& arena, const ModelState& model, const SessionPlan& plan);

}  // namespace session
}  // namespace nibble
