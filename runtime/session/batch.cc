// Batches: their arena, and steps that compute whatever their sessions have queued.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/batch.h>
#include <nibble/cpu.h>

#include "runtime/session/passes.h"

namespace nibble {
namespace {

using session::BatchParts;
using session::SessionPlan;

Result<const Kernels*> choose_kernels(const Kernels* wanted, uint64_t features) {
  if (wanted == nullptr) return best_kernels(features);
  if (!runs_on(*wanted, features)) return Error::UnsupportedCpu;
  return wanted;
}

}  // namespace

Result<SessionMemory> Batch::memory(const Model& model, const BatchConfig& config) {
  const ModelState& state = ModelState::of(model);
  const SessionPlan plan = NIBBLE_TRY(session::plan_sessions(state, config));
  Arena arena = Arena::measuring();
  const BatchParts parts = session::carve_batch(arena, state, plan);
  NIBBLE_TRY(arena.used_bytes());
  return parts.memory;
}

Result<size_t> Batch::arena_bytes(const Model& model, const BatchConfig& config) {
  const SessionMemory memory_needed = NIBBLE_TRY(memory(model, config));
  return memory_needed.total();
}

Result<Batch*> Batch::create(const Model& model, const BatchConfig& config, MutableBytes arena) {
  const ModelState& of_model = ModelState::of(model);
  const SessionPlan plan = NIBBLE_TRY(session::plan_sessions(of_model, config));
  const uint64_t features = cpu_features();
  const Kernels* const kernels = NIBBLE_TRY(choose_kernels(config.session.kernels, features));
  if (!is_arena_aligned(arena.data())) return Error::ArenaMisaligned;
  Arena carver(arena);
  BatchParts parts = session::carve_batch(carver, of_model, plan);
  if (!carver.fits()) return Failure{Error::ArenaTooSmall, NIBBLE_TRY(arena_bytes(model, config))};

  BatchState& state = *parts.state;
  state = BatchState{};
  state.model = &of_model;
  state.workspace = parts.workspace;
  state.sessions = parts.sessions;
  state.logit_rows = config.session.logit_rows;
  session::bind(state.workspace, of_model, *kernels, features, config.session.parallel);
  for (SessionState& session : state.sessions) {
    session.batch = &state;
    session::describe_layers(session.sequence, of_model, plan.sequence);
  }
  return static_cast<Batch*>(&state);
}

uint32_t Batch::session_count() const {
  return static_cast<uint32_t>(BatchState::of(*this).sessions.size());
}
Session& Batch::session(uint32_t index) {
  return BatchState::of(*this).sessions[index];
}
const Session& Batch::session(uint32_t index) const {
  return BatchState::of(*this).sessions[index];
}

Result<Progress> Batch::step(uint64_t tile_budget) {
  BatchState& state = BatchState::of(*this);
  if (tile_budget == 0) return Error::BadArgument;
  if (!session::has_queued_tokens(state)) return Error::NothingToDo;
  return session::run_passes(state, tile_budget, nullptr);
}

}  // namespace nibble
