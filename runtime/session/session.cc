// Sessions: a queue of tokens, computed in passes, any number of tiles at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/session.h>

#include "runtime/session/passes.h"

namespace nibble {
namespace {

using session::Phase;
using session::Sequence;

/// Queues the last token again where others' logits took the place of what it made.
bool queue_displaced(SessionState& state) {
  Sequence& sequence = state.sequence;
  if (state.phase != Phase::LogitsDisplaced || !sequence.rewind(sequence.position - 1))
    return false;
  sequence.queued = 1;
  state.phase = Phase::Idle;
  return true;
}

}  // namespace

Result<SessionMemory> Session::memory(const Model& model, const SessionConfig& config) {
  return Batch::memory(model, {.session = config});
}

Result<size_t> Session::arena_bytes(const Model& model, const SessionConfig& config) {
  return Batch::arena_bytes(model, {.session = config});
}

Result<Session*> Session::create(const Model& model, const SessionConfig& config,
                                 MutableBytes arena) {
  Batch* const batch = NIBBLE_TRY(Batch::create(model, {.session = config}, arena));
  return &batch->session(0);
}

Status Session::append(Span<const Token> tokens) {
  SessionState& state = SessionState::of(*this);
  if (state.phase == Phase::Stepping) return Error::Busy;
  NIBBLE_TRY(state.sequence.append(tokens, state.batch->model->manifest->vocabulary));
  state.phase = Phase::Idle;
  return {};
}

Result<Progress> Session::step(uint64_t tile_budget) {
  SessionState& state = SessionState::of(*this);
  if (tile_budget == 0) return Error::BadArgument;
  if (state.sequence.queued == 0 && !queue_displaced(state)) return Error::NothingToDo;
  return session::run_passes(*state.batch, tile_budget, &state);
}

void Session::cancel() {
  session::drop_queue(SessionState::of(*this));
}

Result<Span<const float>> Session::prefill(Span<const Token> tokens) {
  NIBBLE_TRY(append(tokens));
  // Passes over a whole context never add up to kAllTiles tiles: one step finishes.
  NIBBLE_TRY(step(kAllTiles));
  return logits();
}

Result<Span<const float>> Session::decode(Token token) {
  return prefill({&token, 1});
}

Result<Span<const float>> Session::logits() const {
  const uint32_t rows = logit_row_count();
  if (rows == 0) return Error::NothingToDo;
  return logit_row(rows - 1);
}

uint32_t Session::logit_row_count() const {
  const SessionState& state = SessionState::of(*this);
  return state.phase == Phase::LogitsReady ? state.logits.rows : 0;
}

Result<Span<const float>> Session::logit_row(uint32_t row) const {
  if (row >= logit_row_count()) return Error::BadArgument;
  const SessionState& state = SessionState::of(*this);
  return Span<const float>(reinterpret_cast<const float*>(state.logits.row(row)),
                           state.batch->model->manifest->vocabulary);
}

Status Session::rewind(uint32_t position) {
  SessionState& state = SessionState::of(*this);
  if (state.phase == Phase::Stepping) return Error::Busy;
  if (position > state.sequence.position) return Error::BadArgument;
  if (!state.sequence.rewind(position)) return Error::BadArgument;
  session::drop_queue(state);
  return {};
}

uint32_t Session::position() const {
  return SessionState::of(*this).sequence.position;
}
uint32_t Session::queued_tokens() const {
  return SessionState::of(*this).sequence.queued;
}
uint32_t Session::context_tokens() const {
  return SessionState::of(*this).sequence.context_tokens;
}

Span<const Token> Session::history() const {
  const Sequence& sequence = SessionState::of(*this).sequence;
  return {sequence.history, sequence.position};
}

const Kernels& Session::kernels() const {
  return *SessionState::of(*this).batch->workspace.bindings.kernels;
}
const Model& Session::model() const {
  return *SessionState::of(*this).batch->model;
}

uint64_t Session::tiles_per_pass(uint32_t tokens) const {
  const SessionState& state = SessionState::of(*this);
  const RowPlace place = {.layers = state.sequence.layers, .position = 0};
  const session::Workspace& workspace = state.batch->workspace;
  const uint32_t logit_rows = tokens < workspace.logit_rows ? tokens : workspace.logit_rows;
  return program::Executor::tiles(workspace.bindings,
                                  {.places = &place, .rows = tokens, .logit_rows = logit_rows});
}

}  // namespace nibble
