// Where a session's parts go in its arena: one function carves it and measures it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include "runtime/core/arena.h"
#include "runtime/format/blob.h"
#include "runtime/model/model_state.h"
#include "runtime/program/executor.h"

namespace nibble {

/// Every Session is one of these, at the start of its arena.
struct SessionState : Session {
  SessionState() = default;
  static SessionState& of(Session& session) { return static_cast<SessionState&>(session); }
  static const SessionState& of(const Session& session) {
    return static_cast<const SessionState&>(session);
  }

  const ModelState* model = nullptr;
  program::Bindings bindings;
  program::Executor executor;
  KvCache* layers = nullptr;   ///< [layers of the model]
  RowPlace* places = nullptr;  ///< [batch_tokens], of the pass under way
  Token* history = nullptr;    ///< [context_tokens]: computed tokens, then queued ones
  uint32_t context_tokens = 0;
  uint32_t batch_tokens = 0;
  uint32_t logit_rows = 0;
  uint32_t position = 0;
  uint32_t queued = 0;    ///< Not computed yet, those of the pass under way included.
  bool stepping = false;  ///< step() has begun on the queue, and is to be called again.
  bool in_pass = false;
  uint32_t ready_rows = 0;  ///< Logit rows that may be looked at.
};

namespace program {

/// A configuration with its defaults filled in, found to be within its limits.
struct SessionPlan {
  uint32_t context_tokens;
  uint32_t batch_tokens;
  uint32_t logit_rows;
  format::KvType kv_type;
};
/// @returns a plan | BadArgument
Result<SessionPlan> plan_session(const ModelState& model, const SessionConfig& config);

struct SessionParts {
  SessionState* state = nullptr;
  KvCache* layers = nullptr;
  RowPlace* places = nullptr;
  Token* history = nullptr;
  uint8_t* cache = nullptr;
  uint8_t* token_area = nullptr;
  uint8_t* logit_area = nullptr;
  size_t plane_bytes = 0;
  SessionMemory bill;
};
SessionParts carve_session(Arena& arena, const ModelState& model, const SessionPlan& plan);

}  // namespace program
}  // namespace nibble
