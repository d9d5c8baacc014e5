// Samplers: their workspace, and which phases their settings ask for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/sampler.h>

#include "runtime/core/arena.h"
#include "runtime/kernels/kernels.h"
#include "runtime/sampler/likelihood.h"
#include "runtime/sampler/phases.h"

namespace nibble {
namespace {

struct Arrays {
  Span<float> values;
  Span<Token> ids;
};

Arrays carve(Arena& arena, uint32_t vocabulary) {
  const Checked padded = padded_for_exponentiate(vocabulary);
  return {arena.take<float>(padded), arena.take<Token>(padded)};
}

Status check(const SamplerConfig& config) {
  const bool in_range = kTemperatureRange.holds(config.temperature_milli) &&
                        kTopPRange.holds(config.top_p_milli) &&
                        kMinPRange.holds(config.min_p_milli) &&
                        kRepeatPenaltyRange.holds(config.repeat_penalty_milli);
  return in_range ? Status() : Error::BadArgument;
}

/// The phases of a draw, as the settings ask for them.
uint32_t phases_of(const SamplerConfig& config) {
  const auto when = [](bool condition, auto... phases) {
    return condition ? (bit_of(phases) | ...) : 0u;
  };
  const bool is_greedy = config.temperature_milli == 0;
  const bool is_penalized = config.repeat_penalty_milli != 1000;
  const uint32_t logits =
      when(!is_greedy || is_penalized, Phase::Copy) | when(is_penalized, Phase::Penalize);
  if (is_greedy) return logits | bit_of(Phase::Greedy);
  return logits | when(true, Phase::Limit, Phase::Gather) |
         when(config.top_k != 0, Phase::HeapByLogit, Phase::PopByLogit, Phase::OrderByLogit) |
         when(config.top_p_milli != 1000, Phase::Share, Phase::HeapByWeight, Phase::PopByWeight,
              Phase::OrderByWeight) |
         when(config.min_p_milli != 0, Phase::Floor) |
         when(true, Phase::Weigh, Phase::Total, Phase::Draw);
}

}  // namespace

Result<size_t> Sampler::workspace_bytes(uint32_t vocabulary) {
  if (vocabulary == 0 || vocabulary > format::kMaxVocabulary) return Error::BadArgument;
  Arena measure = Arena::measuring();
  carve(measure, vocabulary);
  return measure.used_bytes();
}

Result<Sampler> Sampler::create(const SamplerConfig& config, uint32_t vocabulary,
                                const Kernels& kernels, MutableBytes workspace) {
  NIBBLE_TRY(check(config));
  const size_t needed_bytes = NIBBLE_TRY(workspace_bytes(vocabulary));
  if (!is_arena_aligned(workspace.data())) return Error::ArenaMisaligned;
  if (workspace.size() < needed_bytes) return Failure{Error::ArenaTooSmall, needed_bytes};

  Sampler sampler;
  sampler.config_ = config;
  sampler.kernels_ = &kernels;
  Arena arena(workspace);
  const Arrays arrays = carve(arena, vocabulary);
  sampler.values_ = arrays.values.data();
  sampler.ids_ = arrays.ids.data();
  sampler.vocabulary_ = vocabulary;
  sampler.random_state_ = config.seed;
  return sampler;
}

void Sampler::begin(uint32_t phases) {
  progress_.phases = phases;
  progress_.count = vocabulary_;
  SamplerPhases(*this).enter();
}

void Sampler::begin_pick(Span<const float> logits, Span<const Token> history) {
  const size_t window = config_.repeat_window_tokens;
  const Span<const Token> recent =
      history.from(history.size() > window ? history.size() - window : 0);
  progress_ = {};
  progress_.logits = logits.data();
  progress_.recent = recent.data();
  progress_.recent_count = static_cast<uint32_t>(recent.size());
  begin(phases_of(config_));
}

void Sampler::begin_log_likelihood(Span<const float> logits, Token token) {
  progress_ = {};
  progress_.logits = logits.data();
  progress_.token = token;
  begin(bit_of(Phase::LargestLogit) | bit_of(Phase::SumOfExponentials));
}

int64_t Sampler::micro_nats() const {
  const float logit = progress_.logits[progress_.token];
  return nibble::micro_nats(distance_below(progress_.largest, logit), progress_.sum);
}

bool Sampler::step() {
  if (progress_.phases != 0) SamplerPhases(*this).step();
  return progress_.phases == 0;
}

Token Sampler::pick(Span<const float> logits, Span<const Token> history) {
  begin_pick(logits, history);
  while (!step()) continue;
  return picked();
}

int64_t Sampler::log_likelihood(Span<const float> logits, Token token) {
  begin_log_likelihood(logits, token);
  while (!step()) continue;
  return micro_nats();
}

}  // namespace nibble
