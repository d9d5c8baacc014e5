// The limits of a session's configuration and the carving of its arena.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/session_plan.h"

#include "runtime/core/arena_ledger.h"
#include "runtime/format/payload.h"

namespace nibble::program {

using format::BufferRows;
using format::KvType;

Result<SessionPlan> plan_session(const ModelState& model, const SessionConfig& config) {
  const format::Manifest& manifest = *model.manifest;
  SessionPlan plan{.context_tokens = config.context_tokens,
                   .batch_tokens = config.batch_tokens,
                   .logit_rows = config.logit_rows,
                   .kv_type = manifest.kv_type};
  if (plan.context_tokens == 0) plan.context_tokens = manifest.default_context_tokens;
  if (config.cache == CacheType::F16) plan.kv_type = KvType::F16;
  if (config.cache == CacheType::Int8) plan.kv_type = KvType::Int8;

  const bool fits = plan.context_tokens <= manifest.context_tokens && plan.batch_tokens >= 1 &&
                    plan.batch_tokens <= kMaxBatchTokens && plan.logit_rows >= 1 &&
                    plan.logit_rows <= plan.batch_tokens && config.cache <= CacheType::Int8;
  if (!fits) return Error::BadArgument;
  return plan;
}

SessionParts carve_session(Arena& arena, const ModelState& model, const SessionPlan& plan) {
  const format::Manifest& manifest = *model.manifest;
  const Checked plane_bytes =
      format::kv_plane_bytes(plan.kv_type, plan.context_tokens, manifest.head_dimension);
  const Checked layer_bytes = plane_bytes * 2 * manifest.kv_heads;
  const auto area_bytes = [&model](BufferRows rows, uint32_t count) {
    return format::buffer_area_bytes_per_row(model.program.buffers, rows) * count;
  };

  Bill bill(arena);
  SessionParts parts;
  parts.state = arena.take<SessionState>(1).data();
  parts.layers = arena.take<KvCache>(manifest.layers).data();
  parts.places = arena.take<RowPlace>(plan.batch_tokens).data();
  parts.bill.state = bill.item();
  parts.history = arena.take<Token>(plan.context_tokens).data();
  parts.bill.history = bill.item();
  parts.cache = arena.take<uint8_t>(layer_bytes * manifest.layers).data();
  parts.bill.cache = bill.item();
  parts.token_area = arena.take<uint8_t>(area_bytes(BufferRows::Token, plan.batch_tokens)).data();
  parts.bill.activations = bill.item();
  parts.logit_area = arena.take<uint8_t>(area_bytes(BufferRows::Logit, plan.logit_rows)).data();
  parts.bill.logits = bill.item();
  parts.plane_bytes = plane_bytes.value();
  return parts;
}

}  // namespace nibble::program
