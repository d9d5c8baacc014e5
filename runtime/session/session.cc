// Sessions: a queue of tokens, computed in passes, any number of tiles at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>
#include <nibble/session.h>

#include "runtime/session/session_plan.h"

namespace nibble {
namespace {

using session::Phase;
using session::Sequence;
using session::SessionParts;
using session::SessionPlan;
using session::Workspace;

Result<const Kernels*> choose_kernels(const Kernels* wanted, uint64_t features) {
  if (wanted == nullptr) return best_kernels(features);
  if (!runs_on(*wanted, features)) return Error::UnsupportedCpu;
  return wanted;
}

bool is_stepping(const SessionState& state) {
  return state.phase == Phase::InPass || state.phase == Phase::BetweenPasses;
}

/// All passes but the first are full: the last one, whose logits are kept, has as many rows as
/// there can be.
void start_pass(SessionState& state) {
  Sequence& sequence = state.sequence;
  Workspace& workspace = state.workspace;
  const uint32_t ragged = sequence.queued % workspace.batch_tokens;
  const uint32_t rows = ragged != 0 ? ragged : workspace.batch_tokens;
  if (sequence.position + rows > sequence.reached) sequence.reached = sequence.position + rows;
  const uint32_t most_logits = rows < workspace.logit_rows ? rows : workspace.logit_rows;
  const uint32_t logit_rows = rows == sequence.queued ? most_logits : 0;
  workspace.executor.start(workspace.bindings, workspace.pass_over(sequence, rows, logit_rows));
  state.phase = Phase::InPass;
}

void finish_pass(SessionState& state) {
  state.sequence.advance(state.workspace.executor.pass().rows);
  state.phase = state.sequence.queued == 0 ? Phase::LogitsReady : Phase::BetweenPasses;
}

void drop_queue(SessionState& state) {
  state.sequence.queued = 0;
  state.phase = Phase::Idle;
}

}  // namespace

Result<SessionMemory> Session::memory(const Model& model, const SessionConfig& config) {
  const ModelState& state = ModelState::of(model);
  const SessionPlan plan = NIBBLE_TRY(session::plan_session(state, config));
  Arena arena = Arena::measuring();
  const SessionParts parts = session::carve_session(arena, state, plan);
  NIBBLE_TRY(arena.used_bytes());
  return parts.memory;
}

Result<size_t> Session::arena_bytes(const Model& model, const SessionConfig& config) {
  const SessionMemory memory_needed = NIBBLE_TRY(memory(model, config));
  return memory_needed.total();
}

Result<Session*> Session::create(const Model& model, const SessionConfig& config,
                                 MutableBytes arena) {
  const ModelState& of_model = ModelState::of(model);
  const SessionPlan plan = NIBBLE_TRY(session::plan_session(of_model, config));
  const uint64_t features = cpu_features();
  const Kernels* const kernels = NIBBLE_TRY(choose_kernels(config.kernels, features));
  if (!is_arena_aligned(arena.data())) return Error::ArenaMisaligned;
  Arena carver(arena);
  SessionParts parts = session::carve_session(carver, of_model, plan);
  if (!carver.fits()) return Failure{Error::ArenaTooSmall, NIBBLE_TRY(arena_bytes(model, config))};

  session::describe_layers(parts.sequence, of_model, plan.sequence);
  SessionState& state = *parts.state;
  state = SessionState{};
  state.model = &of_model;
  state.sequence = parts.sequence;
  state.workspace = parts.workspace;
  session::bind(state.workspace, of_model, *kernels, features, config.parallel);
  return static_cast<Session*>(&state);
}

Status Session::append(Span<const Token> tokens) {
  SessionState& state = SessionState::of(*this);
  if (is_stepping(state)) return Error::Busy;
  NIBBLE_TRY(state.sequence.append(tokens, state.model->manifest->vocabulary));
  state.phase = Phase::Idle;
  return {};
}

Result<Progress> Session::step(uint64_t tile_budget) {
  SessionState& state = SessionState::of(*this);
  if (tile_budget == 0) return Error::BadArgument;
  if (state.sequence.queued == 0) return Error::NothingToDo;
  program::Executor& executor = state.workspace.executor;
  while (tile_budget != 0) {
    if (state.phase != Phase::InPass) start_pass(state);
    tile_budget = executor.run(tile_budget);
    if (!executor.done()) break;
    finish_pass(state);
    if (state.phase == Phase::LogitsReady) return Progress::Done;
  }
  return Progress::More;
}

void Session::cancel() {
  drop_queue(SessionState::of(*this));
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
  return state.phase == Phase::LogitsReady ? state.workspace.executor.pass().logit_rows : 0;
}

Result<Span<const float>> Session::logit_row(uint32_t row) const {
  if (row >= logit_row_count()) return Error::BadArgument;
  return SessionState::of(*this).workspace.logits(row);
}

Status Session::rewind(uint32_t position) {
  SessionState& state = SessionState::of(*this);
  if (is_stepping(state)) return Error::Busy;
  if (position > state.sequence.position) return Error::BadArgument;
  if (!state.sequence.rewind(position)) return Error::BadArgument;
  drop_queue(state);
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
  return *SessionState::of(*this).workspace.bindings.kernels;
}
const Model& Session::model() const {
  return *SessionState::of(*this).model;
}

uint64_t Session::tiles_per_pass(uint32_t tokens) const {
  const Workspace& workspace = SessionState::of(*this).workspace;
  const RowPlace place = {.layers = SessionState::of(*this).sequence.layers, .position = 0};
  const uint32_t logit_rows = tokens < workspace.logit_rows ? tokens : workspace.logit_rows;
  return program::Executor::tiles(workspace.bindings,
                                  {.places = &place, .rows = tokens, .logit_rows = logit_rows});
}

}  // namespace nibble
