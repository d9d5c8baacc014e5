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
  const uint32_t d = manifest.head_dimension;
  const uint32_t position_bytes =
      format::key_position_bytes(plan.kv_type, d) + format::value_position_bytes(plan.kv_type, d);
  const Checked layer_bytes =
      Checked(format::padded(plan.context_tokens)) * position_bytes * manifest.kv_heads;

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
  const uint32_t d = manifest.head_dimension;
  const uint32_t positions = format::padded(sequence.context_tokens);
  const uint32_t key_bytes = format::key_position_bytes(kv_type, d);
  const uint32_t value_bytes = format::value_position_bytes(kv_type, d);
  uint8_t* planes = sequence.planes;
  for (uint32_t layer = 0; layer < manifest.layers; ++layer) {
    uint8_t* values = planes + size_t{positions} * key_bytes * manifest.kv_heads;
    sequence.layers[layer] = {.keys = planes,
                              .values = values,
                              .key_position_bytes = key_bytes,
                              .value_position_bytes = value_bytes,
                              .padded_positions = positions,
                              .kv_heads = manifest.kv_heads,
                              .head_dimension = d,
                              .type = kv_type};
    planes = values + size_t{positions} * value_bytes * manifest.kv_heads;
  }
}

}  // namespace nibble::session
