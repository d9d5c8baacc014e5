// The limits of a batch's configuration, and the order of the parts in its arena.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/session_plan.h"

namespace nibble::session {

using format::KvType;

// The types of a cache that a session may ask for are those of a blob, after the default.
static_assert(static_cast<uint32_t>(CacheType::Int4) == static_cast<uint32_t>(KvType::Count));

namespace {

/// Whether a pass has a row for all logits that its sessions may ask for.
bool fits_pass(const BatchConfig& config) {
  const SessionConfig& session = config.session;
  return session.batch_tokens >= 1 && session.batch_tokens <= kMaxBatchTokens &&
         session.logit_rows >= 1 && config.sessions >= 1 &&
         uint64_t{config.sessions} * session.logit_rows <= session.batch_tokens;
}

}  // namespace

Result<SessionPlan> plan_sessions(const ModelState& model, const BatchConfig& config) {
  const format::Manifest& manifest = *model.manifest;
  const SessionConfig& session = config.session;
  if (!fits_pass(config) || session.cache > CacheType::Int4) return Error::BadArgument;
  SessionPlan plan{.sequence = {.context_tokens = session.context_tokens,
                                .batch_tokens = session.batch_tokens,
                                .kv_type = manifest.kv_type},
                   .workspace = {.batch_tokens = session.batch_tokens,
                                 .logit_rows = config.sessions * session.logit_rows},
                   .sessions = config.sessions};
  uint32_t& context_tokens = plan.sequence.context_tokens;
  if (context_tokens == 0) context_tokens = manifest.default_context_tokens;
  if (context_tokens > manifest.context_tokens) return Error::BadArgument;
  if (session.cache != CacheType::ModelDefault)
    plan.sequence.kv_type = static_cast<KvType>(static_cast<uint32_t>(session.cache) - 1);
  return plan;
}

BatchParts carve_batch(Arena& arena, const ModelState& model, const SessionPlan& plan) {
  ArenaLedger ledger(arena);
  BatchParts parts;
  parts.state = arena.take<BatchState>(1).data();
  parts.sessions = arena.take<SessionState>(plan.sessions);
  parts.memory.state = ledger.bytes_since();
  for (uint32_t i = 0; i < plan.sessions; ++i) {
    const Sequence sequence = carve_sequence(arena, model, plan.sequence, parts.memory);
    if (parts.sessions.empty()) continue;  // The arena is measuring, or too small.
    parts.sessions[i] = SessionState();
    parts.sessions[i].sequence = sequence;
  }
  parts.workspace = carve_workspace(arena, model.program, plan.workspace, parts.memory);
  return parts;
}

}  // namespace nibble::session
