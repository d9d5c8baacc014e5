// The order of phases: how long each is, what it begins with, and what it leaves to the next one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/sampler/phases.h"

#include "runtime/core/random.h"

namespace nibble {
namespace {

/// Elements of a slice: a few nanoseconds each, and a few hundred where each goes through a heap.
constexpr uint32_t kSlice = 4096;
constexpr uint32_t kHeapSlice = 128;

constexpr double kUlpOfOne = 1.0 / (uint64_t{1} << 53);

constexpr uint32_t kHeaps = bit_of(Phase::HeapByLogit) | bit_of(Phase::HeapByWeight) |
                            bit_of(Phase::PopByLogit) | bit_of(Phase::PopByWeight);
constexpr uint32_t kOrders = bit_of(Phase::OrderByLogit) | bit_of(Phase::OrderByWeight);

}  // namespace

uint32_t SamplerPhases::length() const {
  switch (phase()) {
    case Phase::Penalize:
      return progress_.recent_count;
    case Phase::HeapByLogit:
    case Phase::HeapByWeight:
      return progress_.count / 2;
    case Phase::PopByLogit:
    case Phase::PopByWeight:
      return progress_.limit;
    case Phase::OrderByLogit:
    case Phase::OrderByWeight:
      return progress_.kept < progress_.count / 2 ? progress_.kept : progress_.count / 2;
    case Phase::Weigh:
      return padded_for_exponentiate(progress_.count);
    case Phase::Share:
    case Phase::Floor:
    case Phase::Total:
    case Phase::Draw:
      return progress_.count;
    case Phase::SumOfExponentials:
      return padded_for_exponentiate(sampler_.vocabulary_);
    default:
      return sampler_.vocabulary_;
  }
}

void SamplerPhases::enter() {
  if (progress_.phases == 0) return;
  progress_.next = 0;
  progress_.sum = 0;
  progress_.limit = progress_.count;
  if ((bit_of(phase()) & kOrders) == 0) progress_.kept = 0;
  if (phase() == Phase::Greedy || phase() == Phase::Limit) {
    progress_.largest = -__builtin_inff();
    progress_.token = 0;
  } else if (phase() == Phase::LargestLogit) {
    progress_.largest = -__FLT_MAX__;
  } else if (phase() == Phase::PopByLogit) {
    // The temperature does not change the order, so top-k can look at the logits themselves: no two
    // of them have become equal by rounding.
    progress_.enough = __builtin_inf();
    if (sampler_.config_.top_k < progress_.limit) progress_.limit = sampler_.config_.top_k;
  } else if (phase() == Phase::Draw) {
    progress_.token = candidates().id(progress_.count - 1);
  }
}

void SamplerPhases::leave() {
  const Phase left = phase();
  progress_.phases &= progress_.phases - 1;
  if (left == Phase::Gather || left == Phase::Floor || (bit_of(left) & kOrders) != 0)
    progress_.count = progress_.kept;
  if (left == Phase::Gather && progress_.count == 0) progress_.phases = 0;
  if (left == Phase::Share) {
    const double share = static_cast<double>(sampler_.config_.top_p_milli) / 1000.0;
    progress_.enough = share * progress_.sum;
  } else if (left == Phase::Total) {
    const double random = static_cast<double>(next_random(sampler_.random_state_) >> 11);
    progress_.enough = random * kUlpOfOne * progress_.sum;
  }
}

void SamplerPhases::step() {
  const uint32_t most = (bit_of(phase()) & kHeaps) != 0 ? kHeapSlice : kSlice;
  const uint32_t left = length() - progress_.next;
  const uint32_t end = progress_.next + (left < most ? left : most);
  run(end);
  progress_.next = end;
  if (end < length()) return;
  leave();
  enter();
}

void SamplerPhases::run(uint32_t end) {
  switch (phase()) {
    case Phase::Copy:
      return copy(end);
    case Phase::Penalize:
      return penalize(end);
    case Phase::Greedy:
      return find_largest(end);
    case Phase::Limit:
      return limit(end);
    case Phase::Gather:
      return gather(end);
    case Phase::HeapByLogit:
    case Phase::HeapByWeight:
      return make_heap(end);
    case Phase::PopByLogit:
    case Phase::PopByWeight:
      return pop(end);
    case Phase::OrderByLogit:
    case Phase::OrderByWeight:
      return order(end);
    case Phase::Weigh:
      return weigh(end);
    case Phase::Share:
    case Phase::Total:
      return add_up(end);
    case Phase::Floor:
      return keep_from_floor(end);
    case Phase::Draw:
      return draw(end);
    case Phase::LargestLogit:
      return find_largest_number(end);
    case Phase::SumOfExponentials:
      return add_up_exponentials(end);
  }
}

}  // namespace nibble
