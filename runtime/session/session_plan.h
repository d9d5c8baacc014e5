// A session's configuration with its defaults, and the carving of its arena: one function carves it
// and measures it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/session/workspace.h"

namespace nibble {

namespace session {

/// How far a session is with its queue.
enum class Phase : uint32_t {
  Idle,           ///< No step has begun on the queue, and there are no logits.
  InPass,         ///< step() ended within a pass.
  BetweenPasses,  ///< step() ended at the end of a pass that was not the last one.
  LogitsReady,    ///< The queue is computed: the workspace holds the logits of its last pass.
};

}  // namespace session

/// Every Session is one of these, at the start of its arena: one sequence and one workspace.
struct SessionState : Session {
  SessionState() = default;
  static SessionState& of(Session& session) { return static_cast<SessionState&>(session); }
  static const SessionState& of(const Session& session) {
    return static_cast<const SessionState&>(session);
  }

  const ModelState* model = nullptr;
  session::Sequence sequence;
  session::Workspace workspace;
  session::Phase phase = session::Phase::Idle;
};

namespace session {

/// A configuration with its defaults filled in, found to be within its limits.
struct SessionPlan {
  SequencePlan sequence;
  WorkspacePlan workspace;
};
/// @returns a plan | BadArgument
Result<SessionPlan> plan_session(const ModelState& model, const SessionConfig& config);

struct SessionParts {
  SessionState* state = nullptr;
  Sequence sequence;
  Workspace workspace;
  SessionMemory memory;
};
SessionParts carve_session(Arena& arena, const ModelState& model, const SessionPlan& plan);

}  // namespace session
}  // namespace nibble
