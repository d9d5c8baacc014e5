// What each phase of the sampler does with a slice of its elements.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/kernels/kernels.h"
#include "runtime/sampler/likelihood.h"
#include "runtime/sampler/phases.h"

// NaN fails every comparison: it counts as −infinity, and token 0 is the largest of nothing.
namespace nibble {
namespace {

constexpr float kLargestFinite = __FLT_MAX__;
/// The exponential of less is no normal number; such tokens (1 in 10^37) are never drawn.
constexpr float kSmallestExponent = -87.0f;

/// Thousandths to a fraction, rounded once.
float from_milli(uint32_t milli) {
  return static_cast<float>(milli) / 1000.0f;
}

}  // namespace

/// What a token's weight is the exponential of: at most 0, whatever the temperature.
float SamplerPhases::exponent(float value) const {
  return (value - progress_.largest) / from_milli(sampler_.config_.temperature_milli);
}

void SamplerPhases::copy(uint32_t end) {
  for (uint32_t i = progress_.next; i < end; ++i) sampler_.values_[i] = progress_.logits[i];
}

/// Each is computed from the logit itself: a token that occurs twice is penalized once.
void SamplerPhases::penalize(uint32_t end) {
  const float penalty = from_milli(sampler_.config_.repeat_penalty_milli);
  for (uint32_t i = progress_.next; i < end; ++i) {
    const Token token = progress_.recent[i];
    const float logit = progress_.logits[token];
    sampler_.values_[token] = logit > 0 ? logit / penalty : logit * penalty;
  }
}

void SamplerPhases::find_largest(uint32_t end) {
  const bool is_penalized = sampler_.config_.repeat_penalty_milli != 1000;
  const float* const values = is_penalized ? sampler_.values_ : progress_.logits;
  float largest = progress_.largest;
  Token token = progress_.token;
  for (uint32_t i = progress_.next; i < end; ++i) {
    if (values[i] > largest) {
      largest = values[i];
      token = i;
    }
  }
  progress_.largest = largest;
  progress_.token = token;
}

/// Infinity becomes a number, so that differences stay defined.
void SamplerPhases::limit(uint32_t end) {
  float largest = progress_.largest;
  for (uint32_t i = progress_.next; i < end; ++i) {
    float& value = sampler_.values_[i];
    if (value > kLargestFinite) value = kLargestFinite;
    if (value > largest) largest = value;
  }
  progress_.largest = largest;
}

/// Keeps what has a weight, by ascending id.
void SamplerPhases::gather(uint32_t end) {
  Candidates all = candidates();
  for (uint32_t i = progress_.next; i < end; ++i) {
    const float value = all.value(i);
    if (exponent(value) >= kSmallestExponent) all.set(progress_.kept++, value, i);
  }
}

void SamplerPhases::make_heap(uint32_t end) {
  Candidates heap = candidates();
  for (uint32_t i = progress_.next; i < end; ++i) heap.make_heap(i);
}

/// At least one is kept.
void SamplerPhases::pop(uint32_t end) {
  Candidates heap = candidates();
  while (progress_.kept < end) {
    progress_.sum += static_cast<double>(heap.pop_largest(progress_.kept));
    ++progress_.kept;
    if (progress_.sum >= progress_.enough) progress_.limit = end = progress_.kept;
  }
}

void SamplerPhases::order(uint32_t end) {
  Candidates popped = candidates();
  for (uint32_t i = progress_.next; i < end; ++i) popped.reverse(i);
}

/// Softmax without its division: the largest value gets weight 1.
void SamplerPhases::weigh(uint32_t end) {
  float* const values = sampler_.values_;
  const uint32_t next = progress_.next;
  for (uint32_t i = next; i < end; ++i)
    values[i] = i < progress_.count ? exponent(values[i]) : 0.0f;
  sampler_.kernels_->exponentiate(values + next, end - next);
}

void SamplerPhases::add_up(uint32_t end) {
  double sum = progress_.sum;
  for (uint32_t i = progress_.next; i < end; ++i) sum += static_cast<double>(sampler_.values_[i]);
  progress_.sum = sum;
}

void SamplerPhases::keep_from_floor(uint32_t end) {
  Candidates all = candidates();
  const float floor = from_milli(sampler_.config_.min_p_milli);  // of 1, the largest weight
  for (uint32_t i = progress_.next; i < end; ++i)
    if (all.value(i) >= floor) all.set(progress_.kept++, all.value(i), all.id(i));
}

/// The candidate in whose share of the total the random point lies.
void SamplerPhases::draw(uint32_t end) {
  for (uint32_t i = progress_.next; i < end; ++i) {
    progress_.sum += static_cast<double>(sampler_.values_[i]);
    if (progress_.enough < progress_.sum) {
      progress_.token = sampler_.ids_[i];
      progress_.count = 0;
      return;
    }
  }
}

/// A number, whatever the logits are.
void SamplerPhases::find_largest_number(uint32_t end) {
  float largest = progress_.largest;
  for (uint32_t i = progress_.next; i < end; ++i)
    if (progress_.logits[i] > largest) largest = progress_.logits[i];
  progress_.largest = largest < kLargestFinite ? largest : kLargestFinite;
}

void SamplerPhases::add_up_exponentials(uint32_t end) {
  float* const values = sampler_.values_;
  const uint32_t next = progress_.next, count = sampler_.vocabulary_;
  for (uint32_t i = next; i < end; ++i) {
    const float logit = i < count ? progress_.logits[i] : -kLargestFinite;
    values[i] = distance_below(progress_.largest, logit);
  }
  sampler_.kernels_->exponentiate(values + next, end - next);
  add_up(end < count ? end : count);
}

}  // namespace nibble
