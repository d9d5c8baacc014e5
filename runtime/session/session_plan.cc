// The limits of a session's configuration, and the order of the parts in its arena.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/session_plan.h"

namespace nibble::session {

using format::KvType;

// The types of a cache that a session may ask for are those of a blob, after the default.
static_assert(static_cast<uint32_t>(CacheType::Int4) == static_cast<uint32_t>(KvType::Count));

Result<SessionPlan> plan_session(const ModelState& model, const SessionConfig& config) {
  const format::Manifest& manifest = *model.manifest;
  SessionPlan plan{
      .sequence = {.context_tokens = config.context_tokens,
                   .batch_tokens = config.batch_tokens,
                   .kv_type = manifest.kv_type},
      .workspace = {.batch_tokens = config.batch_tokens, .logit_rows = config.logit_rows}};
  uint32_t& context_tokens = plan.sequence.context_tokens;
  if (context_tokens == 0) context_tokens = manifest.default_context_tokens;
  if (config.cache != CacheType::ModelDefault)
    plan.sequence.kv_type = static_cast<KvType>(static_cast<uint32_t>(config.cache) - 1);

  const bool fits = context_tokens <= manifest.context_tokens && config.batch_tokens >= 1 &&
                    config.batch_tokens <= kMaxBatchTokens && config.logit_rows >= 1 &&
                    config.logit_rows <= config.batch_tokens && config.cache <= CacheType::Int4;
  if (!fits) return Error::BadArgument;
  return plan;
}

SessionParts carve_session(Arena& arena, const ModelState& model, const SessionPlan& plan) {
  ArenaLedger ledger(arena);
  SessionParts parts;
  parts.state = arena.take<SessionState>(1).data();
  parts.memory.state = ledger.bytes_since();
  parts.sequence = carve_sequence(arena, model, plan.sequence, parts.memory);
  parts.workspace = carve_workspace(arena, model.program, plan.workspace, parts.memory);
  return parts;
}

}  // namespace nibble::session
