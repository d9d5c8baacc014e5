// The sampling chain, step by step in its documented order.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/sampler.h>

#include "runtime/core/arena.h"
#include "runtime/core/random.h"
#include "runtime/kernels/kernels.h"
#include "runtime/sampler/candidates.h"

namespace nibble {
namespace {

constexpr float kInfinity = __builtin_inff();
constexpr float kLargestFinite = __FLT_MAX__;
/// The exponential of less is no normal number; such tokens (1 in 10^37) are never drawn.
constexpr float kSmallestExponent = -87.0f;

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

/// Thousandths to a fraction, rounded once.
float from_milli(uint32_t milli) {
  return static_cast<float>(milli) / 1000.0f;
}

/// NaN never compares greater: it counts as −infinity, and token 0 is the largest of nothing.
Token largest(Span<const float> logits) {
  Token best = 0;
  float best_value = -kInfinity;
  for (size_t i = 0; i < logits.size(); ++i) {
    if (logits[i] > best_value) {
      best_value = logits[i];
      best = static_cast<Token>(i);
    }
  }
  return best;
}

/// Copies the logits, those of recent tokens penalized. Each is computed from the logit itself, so
/// a token that occurs twice is penalized once.
void penalize(const SamplerConfig& config, Span<const float> logits, Span<const Token> history,
              float* out) {
  for (size_t i = 0; i < logits.size(); ++i) out[i] = logits[i];
  if (config.repeat_penalty_milli == 1000) return;

  const float penalty = from_milli(config.repeat_penalty_milli);
  const size_t window = config.repeat_window_tokens;
  const size_t skipped = history.size() > window ? history.size() - window : 0;
  for (const Token token : history.from(skipped)) {
    out[token] = logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty;
  }
}

/// Makes infinity a number, so that differences stay defined.
/// @returns the largest value, −infinity if there is none
float limit(Span<float> values) {
  float largest_value = -kInfinity;
  for (float& value : values) {
    if (value > kLargestFinite) value = kLargestFinite;
    if (value > largest_value) largest_value = value;
  }
  return largest_value;
}

/// What a token's weight is the exponential of: at most 0, whatever the temperature.
float exponent(float value, float largest_value, float temperature) {
  return (value - largest_value) / temperature;
}

/// Keeps what has a weight, by ascending id. NaN fails the comparison and drops out.
void gather(Candidates& candidates, size_t vocabulary, float largest_value, float temperature) {
  candidates.clear();
  for (size_t i = 0; i < vocabulary; ++i) {
    const float value = candidates.value(i);
    if (exponent(value, largest_value, temperature) >= kSmallestExponent) {
      candidates.append(value, static_cast<Token>(i));
    }
  }
}

/// Softmax without its division: the largest value gets weight 1.
void weigh(const Kernels& kernels, Candidates& candidates, float largest_value, float temperature) {
  const size_t count = candidates.count();
  const size_t padded = padded_for_exponentiate(count);
  float* const values = candidates.values();
  for (size_t i = 0; i < count; ++i) values[i] = exponent(values[i], largest_value, temperature);
  for (size_t i = count; i < padded; ++i) values[i] = 0;
  kernels.exponentiate(values, padded);
}

/// The candidate in whose share of the total a random point lies.
Token draw(const Candidates& candidates, uint64_t random) {
  constexpr double kUlpOfOne = 1.0 / (uint64_t{1} << 53);
  const double point = static_cast<double>(random >> 11) * kUlpOfOne * candidates.total();
  double sum = 0;
  for (size_t i = 0; i < candidates.count(); ++i) {
    sum += static_cast<double>(candidates.value(i));
    if (point < sum) return candidates.id(i);
  }
  return candidates.id(candidates.count() - 1);
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

Token Sampler::pick(Span<const float> logits, Span<const Token> history) {
  const bool is_greedy = config_.temperature_milli == 0;
  if (is_greedy && config_.repeat_penalty_milli == 1000) return largest(logits);
  penalize(config_, logits, history, values_);
  if (is_greedy) return largest({values_, vocabulary_});

  const float temperature = from_milli(config_.temperature_milli);
  const float largest_value = limit({values_, vocabulary_});
  Candidates candidates(values_, ids_);
  gather(candidates, vocabulary_, largest_value, temperature);
  if (candidates.count() == 0) return 0;

  // The temperature does not change the order, so top-k can look at the logits themselves: no two
  // of them have become equal by rounding.
  if (config_.top_k != 0) {
    candidates.keep_largest(config_.top_k, static_cast<double>(kInfinity));
  }
  weigh(*kernels_, candidates, largest_value, temperature);
  if (config_.top_p_milli != 1000) {
    const double share = static_cast<double>(config_.top_p_milli) / 1000.0;
    candidates.keep_largest(candidates.count(), share * candidates.total());
  }
  if (config_.min_p_milli != 0) {
    candidates.keep_from(from_milli(config_.min_p_milli) * candidates.largest());
  }
  return draw(candidates, next_random(random_state_));
}

}  // namespace nibble
