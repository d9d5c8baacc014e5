// Sessions: a queue of tokens, computed in passes, any number of tiles at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>
#include <nibble/session.h>

#include "runtime/format/layout.h"
#include "runtime/session/session_plan.h"

namespace nibble {
namespace {

using program::Pass;
using program::SessionParts;
using program::SessionPlan;

Result<const Kernels*> choose_kernels(const Kernels* wanted) {
  const uint64_t features = cpu_features();
  if (wanted == nullptr) return best_kernels(features);
  if (!runs_on(*wanted, features)) return Error::UnsupportedCpu;
  return wanted;
}

void describe_layers(const SessionParts& parts, const SessionPlan& plan,
                     const format::Manifest& manifest) {
  uint8_t* planes = parts.cache;
  for (uint32_t layer = 0; layer < manifest.layers; ++layer) {
    parts.layers[layer] = {.keys = planes,
                           .values = planes + parts.plane_bytes * manifest.kv_heads,
                           .plane_bytes = parts.plane_bytes,
                           .padded_positions = format::padded(plan.context_tokens),
                           .kv_heads = manifest.kv_heads,
                           .head_dimension = manifest.head_dimension,
                           .type = plan.kv_type};
    planes += parts.plane_bytes * 2 * manifest.kv_heads;
  }
}

/// All passes but the first are full: the last one, whose logits are kept, has as many rows as
/// there can be.
void start_pass(SessionState& state) {
  const uint32_t ragged = state.queued % state.batch_tokens;
  const uint32_t rows = ragged != 0 ? ragged : state.batch_tokens;
  const uint32_t most_logits = rows < state.logit_rows ? rows : state.logit_rows;
  for (uint32_t row = 0; row < rows; ++row)
    state.places[row] = {.layers = state.layers, .position = state.position + row};
  state.executor.start(state.bindings, {.tokens = state.history + state.position,
                                        .places = state.places,
                                        .rows = rows,
                                        .logit_rows = rows == state.queued ? most_logits : 0});
  state.in_pass = true;
}

void finish_pass(SessionState& state) {
  const Pass& pass = state.executor.pass();
  state.position += pass.rows;
  state.queued -= pass.rows;
  state.in_pass = false;
}

void drop_queue(SessionState& state) {
  state.queued = 0;
  state.stepping = false;
  state.in_pass = false;
  state.ready_rows = 0;
}

const format::BufferRecord& logits_buffer(const SessionState& state) {
  const program::Program& program = state.bindings.program;
  return program.buffers[program.ops[program.ops.size() - 1].output];
}

}  // namespace

Result<SessionMemory> Session::memory(const Model& model, const SessionConfig& config) {
  const ModelState& state = ModelState::of(model);
  const SessionPlan plan = NIBBLE_TRY(program::plan_session(state, config));
  Arena arena = Arena::measuring();
  const SessionParts parts = program::carve_session(arena, state, plan);
  NIBBLE_TRY(arena.used_bytes());
  return parts.bill;
}

Result<size_t> Session::arena_bytes(const Model& model, const SessionConfig& config) {
  const SessionMemory memory_needed = NIBBLE_TRY(memory(model, config));
  return memory_needed.total();
}

Result<Session*> Session::create(const Model& model, const SessionConfig& config,
                                 MutableBytes arena) {
  const ModelState& of_model = ModelState::of(model);
  const SessionPlan plan = NIBBLE_TRY(program::plan_session(of_model, config));
  const Kernels* const kernels = NIBBLE_TRY(choose_kernels(config.kernels));
  if (!is_arena_aligned(arena.data())) return Error::ArenaMisaligned;
  Arena carver(arena);
  const SessionParts parts = program::carve_session(carver, of_model, plan);
  if (!carver.fits()) return Failure{Error::ArenaTooSmall, NIBBLE_TRY(arena_bytes(model, config))};

  SessionState& state = *parts.state;
  state = SessionState{};
  state.model = &of_model;
  state.bindings = {.program = of_model.program,
                    .weights = of_model.weights,
                    .tensor_offsets = of_model.tensor_offsets,
                    .heads = of_model.manifest->heads,
                    .kv_heads = of_model.manifest->kv_heads,
                    .kernels = kernels,
                    .parallel = config.parallel,
                    .token_area = parts.token_area,
                    .logit_area = parts.logit_area};
  describe_layers(parts, plan, *of_model.manifest);
  state.layers = parts.layers;
  state.places = parts.places;
  state.history = parts.history;
  state.context_tokens = plan.context_tokens;
  state.batch_tokens = plan.batch_tokens;
  state.logit_rows = plan.logit_rows;
  return static_cast<Session*>(&state);
}

Status Session::append(Span<const Token> tokens) {
  SessionState& state = SessionState::of(*this);
  if (tokens.empty()) return Error::BadArgument;
  if (state.stepping) return Error::Busy;
  const uint32_t used = state.position + state.queued;
  const uint32_t free = state.context_tokens - used;
  if (tokens.size() > free) return Failure{Error::ContextFull, free};
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] >= state.model->manifest->vocabulary) return Failure{Error::TokenOutOfRange, i};

  for (size_t i = 0; i < tokens.size(); ++i) state.history[used + i] = tokens[i];
  state.queued += static_cast<uint32_t>(tokens.size());
  state.ready_rows = 0;
  return {};
}

Result<Progress> Session::step(uint64_t tile_budget) {
  SessionState& state = SessionState::of(*this);
  if (tile_budget == 0) return Error::BadArgument;
  if (state.queued == 0) return Error::NothingToDo;
  state.stepping = true;
  while (tile_budget != 0) {
    if (!state.in_pass) start_pass(state);
    tile_budget = state.executor.run(tile_budget);
    if (!state.executor.done()) break;
    finish_pass(state);
    if (state.queued != 0) continue;
    state.stepping = false;
    state.ready_rows = state.executor.pass().logit_rows;
    return Progress::Done;
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
  return SessionState::of(*this).ready_rows;
}

Result<Span<const float>> Session::logit_row(uint32_t row) const {
  const SessionState& state = SessionState::of(*this);
  if (row >= state.ready_rows) return Error::BadArgument;
  const format::BufferRecord& buffer = logits_buffer(state);
  const size_t offset =
      size_t{buffer.row_offset_bytes} * state.ready_rows + size_t{format::row_bytes(buffer)} * row;
  return Span<const float>(reinterpret_cast<const float*>(state.bindings.logit_area + offset),
                           buffer.width);
}

Status Session::rewind(uint32_t position) {
  SessionState& state = SessionState::of(*this);
  if (state.stepping) return Error::Busy;
  if (position > state.position) return Error::BadArgument;
  drop_queue(state);
  state.position = position;
  return {};
}

uint32_t Session::position() const {
  return SessionState::of(*this).position;
}
uint32_t Session::queued_tokens() const {
  return SessionState::of(*this).queued;
}
uint32_t Session::context_tokens() const {
  return SessionState::of(*this).context_tokens;
}

Span<const Token> Session::history() const {
  const SessionState& state = SessionState::of(*this);
  return {state.history, state.position};
}

const Kernels& Session::kernels() const {
  return *SessionState::of(*this).bindings.kernels;
}
const Model& Session::model() const {
  return *SessionState::of(*this).model;
}

uint64_t Session::tiles_per_pass(uint32_t tokens) const {
  const SessionState& state = SessionState::of(*this);
  const uint32_t logit_rows = tokens < state.logit_rows ? tokens : state.logit_rows;
  return program::Executor::tiles(state.bindings, {.rows = tokens, .logit_rows = logit_rows});
}

}  // namespace nibble
