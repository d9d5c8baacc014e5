// Rows of a pass: one for each session that decodes, the others for prompts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/passes.h"

namespace nibble::session {
namespace {

/// All passes over a prompt but the first fill the rows that are free: the last one, whose logits
/// are kept, has as many rows as there can be.
uint32_t prompt_rows(uint32_t queued, uint32_t free_rows) {
  if (free_rows == 0) return 0;
  const uint32_t ragged = queued % free_rows;
  return ragged != 0 ? ragged : free_rows;
}

/// Moves on to the next session with a prompt when the first one's is computed, so that each has
/// its turn however many prompts the others are given.
void find_first_prompt(BatchState& batch) {
  for (size_t tried = 0; tried < batch.sessions.size(); ++tried) {
    if (batch.sessions[batch.first_prompt].sequence.queued > 1) return;
    if (++batch.first_prompt == batch.sessions.size()) batch.first_prompt = 0;
  }
}

/// Decides how many rows each session has. There are rows for all that decode, and where one does
/// not, a row is left for its prompt.
void share_rows(BatchState& batch) {
  uint32_t free_rows = batch.workspace.batch_tokens;
  for (SessionState& session : batch.sessions) {
    session.pass_rows = session.sequence.queued == 1 ? 1 : 0;
    free_rows -= session.pass_rows;
  }
  find_first_prompt(batch);
  const size_t count = batch.sessions.size();
  for (size_t i = 0; i < count; ++i) {
    SessionState& session = batch.sessions[(batch.first_prompt + i) % count];
    if (session.sequence.queued <= 1) continue;
    session.pass_rows = prompt_rows(session.sequence.queued, free_rows);
    free_rows -= session.pass_rows;
  }
}

/// Tells a session what it has of the pass that begins.
void begin_rows(SessionState& session, uint32_t most_logit_rows) {
  const bool is_last = session.pass_rows == session.sequence.queued;
  const uint32_t most = session.pass_rows < most_logit_rows ? session.pass_rows : most_logit_rows;
  session.logits.rows = is_last ? most : 0;
  session.sequence.reach(session.pass_rows);
  session.phase = Phase::Stepping;
}

void displace_logits(BatchState& batch) {
  for (SessionState& session : batch.sessions)
    if (session.phase == Phase::LogitsReady) session.phase = Phase::LogitsDisplaced;
}

/// Fills the pass: rows without logits come first, for logits are made of the last rows.
program::Pass place_rows(BatchState& batch) {
  const Workspace& workspace = batch.workspace;
  uint32_t rows = 0;
  for (SessionState& session : batch.sessions) {
    if (session.pass_rows == 0) continue;
    begin_rows(session, batch.logit_rows);
    rows = workspace.place(rows, session.sequence, 0, session.pass_rows - session.logits.rows);
  }
  const uint32_t without_logits = rows;
  for (SessionState& session : batch.sessions) {
    if (session.pass_rows == 0) continue;
    session.first_logit_row = rows - without_logits;
    rows = workspace.place(rows, session.sequence, session.pass_rows - session.logits.rows,
                           session.logits.rows);
  }
  return workspace.pass_of(rows, rows - without_logits);
}

// Not inlined, nor is finish_pass(): what they need is not on the stack below the kernels.
[[gnu::noinline]] void start_pass(BatchState& batch) {
  share_rows(batch);
  const program::Pass pass = place_rows(batch);
  if (pass.logit_rows != 0) displace_logits(batch);
  batch.workspace.executor.start(batch.workspace.bindings, pass);
  batch.is_in_pass = true;
}

/// Counts the rows as computed, but for those that were cancelled. @returns whether there are
/// logits
[[gnu::noinline]] bool finish_pass(BatchState& batch) {
  batch.is_in_pass = false;
  const program::BufferView view = batch.workspace.logit_view();
  bool has_logits = false;
  for (SessionState& session : batch.sessions) {
    if (session.pass_rows == 0) continue;
    session.sequence.advance(session.pass_rows);
    session.pass_rows = 0;
    if (session.logits.rows == 0) continue;
    session.logits.data = view.row(session.first_logit_row);
    session.logits.row_bytes = view.row_bytes;
    session.phase = Phase::LogitsReady;
    has_logits = true;
  }
  return has_logits;
}

}  // namespace

bool has_queued_tokens(const BatchState& batch) {
  for (const SessionState& session : batch.sessions)
    if (session.sequence.queued != 0) return true;
  return false;
}

Result<Progress> run_passes(BatchState& batch, uint64_t tile_budget, const SessionState* wanted) {
  program::Executor& executor = batch.workspace.executor;
  while (tile_budget != 0) {
    if (!batch.is_in_pass) start_pass(batch);
    tile_budget = executor.run(tile_budget);
    if (!executor.done()) break;
    const bool has_logits = finish_pass(batch);
    if (wanted == nullptr ? has_logits : wanted->phase == Phase::LogitsReady) return Progress::Done;
  }
  return Progress::More;
}

void drop_queue(SessionState& state) {
  state.sequence.queued = 0;
  state.pass_rows = 0;
  state.phase = Phase::Idle;
  for (const SessionState& session : state.batch->sessions)
    if (session.pass_rows != 0) return;
  state.batch->is_in_pass = false;
}

}  // namespace nibble::session
