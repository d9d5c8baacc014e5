// Replies side by side: one arena, one batch of sessions, a decode loop for each.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/generator_batch.h>

#include "runtime/session/generator_plan.h"

namespace nibble {

Result<GeneratorMemory> GeneratorBatch::memory(const Model& model,
                                               const GeneratorBatchConfig& config) {
  Arena arena = Arena::measuring();
  GeneratorParts parts;
  NIBBLE_TRY(carve_generators(arena, model, config, parts));
  NIBBLE_TRY(arena.used_bytes());
  return parts.memory;
}

Result<size_t> GeneratorBatch::arena_bytes(const Model& model, const GeneratorBatchConfig& config) {
  const GeneratorMemory needed = NIBBLE_TRY(memory(model, config));
  return needed.total();
}

Result<GeneratorBatch*> GeneratorBatch::create(const Model& model,
                                               const GeneratorBatchConfig& config,
                                               MutableBytes arena) {
  if (!is_arena_aligned(arena.data())) return Error::ArenaMisaligned;
  Arena carver(arena);
  GeneratorParts parts;
  NIBBLE_TRY(carve_generators(carver, model, config, parts));
  if (!carver.fits()) return Failure{Error::ArenaTooSmall, NIBBLE_TRY(arena_bytes(model, config))};

  GeneratorBatchState& state = *parts.state;
  const GeneratorConfig& each = config.generator;
  state.generators = parts.generators;
  state.sessions = NIBBLE_TRY(Batch::create(
      model, {.session = each.session, .sessions = config.generators}, parts.sessions));
  const Span<const Text> stop_texts = copy_stop_texts(each.stop_texts, parts);
  for (uint32_t i = 0; i < config.generators; ++i) {
    GeneratorState& generator = state.generators[i];
    generator.loop = DecodeLoop(state.sessions->session(i));
    generator.workspace = parts.workspace;
    generator.stops = StopFilter(stop_texts, parts.text_of(i));
    NIBBLE_TRY(generator.configure(each.sampler, each.max_tokens));
    begin_reply(generator);
  }
  return static_cast<GeneratorBatch*>(&state);
}

uint32_t GeneratorBatch::generator_count() const {
  return static_cast<uint32_t>(GeneratorBatchState::of(*this).generators.size());
}
Generator& GeneratorBatch::generator(uint32_t index) {
  return GeneratorBatchState::of(*this).generators[index];
}
const Generator& GeneratorBatch::generator(uint32_t index) const {
  return GeneratorBatchState::of(*this).generators[index];
}

Result<Progress> GeneratorBatch::step(uint64_t tile_budget) {
  GeneratorBatchState& state = GeneratorBatchState::of(*this);
  // A reply that goes on has a position for its last token: it would have ended otherwise.
  for (GeneratorState& generator : state.generators)
    if (generator.end == EndReason::None) (void)generator.loop.append_drawn();
  return state.sessions->step(tile_budget);
}

}  // namespace nibble
