// Passes of a batch: which queued tokens of which sessions are computed together.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/session/session_plan.h"

namespace nibble::session {

/// Whether some session has tokens queued.
bool has_queued_tokens(const BatchState& batch);

/// Runs passes until the budget is used up or until there are logits: those of `wanted` or, where
/// that is null, of any session. The result is as Session::step() has it, which is on the deepest
/// stack there is: it ends in this call, and has no frame meanwhile.
/// @pre tile_budget >= 1; what is wanted has tokens queued
Result<Progress> run_passes(BatchState& batch, uint64_t tile_budget, const SessionState* wanted);

/// Takes a session's queue away, out of the pass under way too; a pass that is nobody's is dropped.
void drop_queue(SessionState& state);

}  // namespace nibble::session
