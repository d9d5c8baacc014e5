// The queue of a sequence, and the layout of its cache.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/sequence.h"

#include "runtime/format/layout.h"
#include "runtime/format/ops.h"

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

void Sequence::reach(uint32_t rows) {
  if (position + rows > reached) reached = position + rows;
}

void Sequence::advance(uint32_t rows) {
  position += rows;
  queued -= rows;
}

bool Sequence::rewind(uint32_t to) {
  if (to == 0) reached = 0;
  if (reached > to && reached - to > rewindable) return false;
  position = to;
  return true;
}

namespace {

/// What one layer's cache takes in a session.
struct LayerPlan {
  LayerPlan(const format::CacheShape& of, const SequencePlan& plan)
      : shape(of),
        positions(format::cached_positions(plan.context_tokens, of.window, plan.batch_tokens)),
        key_bytes(format::key_position_bytes(plan.kv_type, of.head_dimension)),
        value_bytes(format::value_position_bytes(plan.kv_type, of.head_dimension)) {}

  Checked bytes() const { return Checked(positions) * (key_bytes + value_bytes) * shape.kv_heads; }
  /// How many of the positions before its end a cache may forget by a rewind.
  uint32_t rewindable(const SequencePlan& plan) const {
    const bool forgets = positions < format::padded(plan.context_tokens);
    return forgets ? positions - shape.window + 1 : ~uint32_t{0};
  }

  format::CacheShape shape;
  uint32_t positions, key_bytes, value_bytes;
};

bool shapes_cache(const format::OpRecord& op) {
  return op.code == format::OpCode::AppendKv;
}

/// Of all layers; a layer that no op stores to has the shape of the hyper-parameters.
Checked cache_bytes(const ModelState& model, const SequencePlan& plan) {
  Checked bytes = 0;
  uint32_t unshaped = model.manifest->layers;
  for (const format::OpRecord& op : model.program.ops) {
    if (!shapes_cache(op)) continue;
    bytes = bytes + LayerPlan(cache_shape(cache_shape(*model.manifest), op), plan).bytes();
    --unshaped;
  }
  return bytes + LayerPlan(cache_shape(*model.manifest), plan).bytes() * unshaped;
}

void describe(KvCache& cache, const LayerPlan& layer, format::KvType kv_type) {
  cache = {.keys = nullptr,
           .values = nullptr,
           .key_position_bytes = layer.key_bytes,
           .value_position_bytes = layer.value_bytes,
           .padded_positions = layer.positions,
           .window = layer.shape.window,
           .kv_heads = layer.shape.kv_heads,
           .head_dimension = layer.shape.head_dimension,
           .type = kv_type};
}

}  // namespace

Sequence carve_sequence(Arena& arena, const ModelState& model, const SequencePlan& plan,
                        SessionMemory& memory) {
  ArenaLedger ledger(arena);
  Sequence sequence;
  sequence.context_tokens = plan.context_tokens;
  sequence.layers = arena.take<KvCache>(model.manifest->layers).data();
  memory.state += ledger.bytes_since();
  sequence.history = arena.take<Token>(plan.context_tokens).data();
  memory.history += ledger.bytes_since();
  sequence.planes = arena.take<uint8_t>(cache_bytes(model, plan)).data();
  memory.cache += ledger.bytes_since();
  return sequence;
}

void describe_layers(Sequence& sequence, const ModelState& model, const SequencePlan& plan) {
  const uint32_t layers = model.manifest->layers;
  for (uint32_t layer = 0; layer < layers; ++layer)
    describe(sequence.layers[layer], LayerPlan(cache_shape(*model.manifest), plan), plan.kv_type);
  for (const format::OpRecord& op : model.program.ops) {
    if (!shapes_cache(op)) continue;
    const LayerPlan layer(cache_shape(cache_shape(*model.manifest), op), plan);
    describe(sequence.layers[op.layer], layer, plan.kv_type);
    const uint32_t rewindable = layer.rewindable(plan);
    if (rewindable < sequence.rewindable) sequence.rewindable = rewindable;
  }
  uint8_t* planes = sequence.planes;
  for (uint32_t layer = 0; layer < layers; ++layer) {
    KvCache& cache = sequence.layers[layer];
    const size_t head_positions = size_t{cache.padded_positions} * cache.kv_heads;
    cache.keys = planes;
    cache.values = planes + head_positions * cache.key_position_bytes;
    planes = cache.values + head_positions * cache.value_position_bytes;
  }
}

}  // namespace nibble::session
