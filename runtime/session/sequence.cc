// The queue of a sequence, and the layout of its cache.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/sequence.h"

#include "runtime/format/layout.h"

namespace nibble::session {

Status Sequence::append(Span<const Token> tokens, uint32_t vocabulary) {
  if (tokens.empty()) return Error::BadArgument;
  const uint32_t used = position + queued;
  const uint32_t free = context_tokens - used;
  if (tokens.size() > free) return Failure{Error::ContextFull, free};
  for (size_t i = 0; i < tokens.size(); ++i)
    if (tokens[i] >= vocabulary) return Failure{Error::TokenOutOfRange, i};

  for (size_t i = 0; i < tokens.size(); ++i) history[used + i] = tokens[i];
  queued += static_cast<uint32_t>(tokens.size());
  return {};
}

void Sequence::advance(uint32_t rows) {
  position += rows;
  queued -= rows;
}

Sequence carve_sequence(Arena& arena, const format::Manifest& manifest, const SequencePlan& plan,
                        SessionMemory& memory) {
  const Checked plane_bytes =
      format::kv_plane_bytes(plan.kv_type, plan.context_tokens, manifest.head_dimension);
  const Checked layer_bytes = plane_bytes * 2 * manifest.kv_heads;

  ArenaLedger ledger(arena);
  Sequence sequence;
  sequence.context_tokens = plan.context_tokens;
  sequence.layers = arena.take<KvCache>(manifest.layers).data();
  memory.state += ledger.bytes_since();
  sequence.history = arena.take<Token>(plan.context_tokens).data();
  memory.history += ledger.bytes_since();
  sequence.planes = arena.take<uint8_t>(layer_bytes * manifest.layers).data();
  memory.cache += ledger.bytes_since();
  return sequence;
}

void describe_layers(const Sequence& sequence, const format::Manifest& manifest,
                     format::KvType kv_type) {
  const size_t plane_bytes =
      format::kv_plane_bytes(kv_type, sequence.context_tokens, manifest.head_dimension).value();
  uint8_t* planes = sequence.planes;
  for (uint32_t layer = 0; layer < manifest.layers; ++layer) {
    sequence.layers[layer] = {.keys = planes,
                              .values = planes + plane_bytes * manifest.kv_heads,
                              .plane_bytes = plane_bytes,
                              .padded_positions = format::padded(sequence.context_tokens),
                              .kv_heads = manifest.kv_heads,
                              .head_dimension = manifest.head_dimension,
                              .type = kv_type};
    planes += plane_bytes * 2 * manifest.kv_heads;
  }
}

}  // namespace nibble::session
