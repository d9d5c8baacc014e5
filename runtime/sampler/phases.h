// What drawing a token, or finding its likelihood, consists of: loops that can stop at any element.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>

#include "runtime/sampler/candidates.h"

namespace nibble {

/// In the order in which they come; which of them do, Progress::phases says by a bit for each.
enum class Phase : uint32_t {
  Copy = 0,
  Penalize,
  Greedy,
  Limit,
  Gather,
  HeapByLogit,
  PopByLogit,
  OrderByLogit,
  Weigh,
  Share,
  HeapByWeight,
  PopByWeight,
  OrderByWeight,
  Floor,
  Total,
  Draw,
  LargestLogit,
  SumOfExponentials
};

constexpr uint32_t bit_of(Phase phase) {
  return uint32_t{1} << static_cast<uint32_t>(phase);
}

/// The phases of a sampler, over its progress.
class SamplerPhases {
 public:
  explicit SamplerPhases(Sampler& sampler) : sampler_(sampler), progress_(sampler.progress_) {}

  /// Does a slice of the first phase to come, and leaves the phase when that was its last one.
  /// @pre there is one
  void step();
  /// Prepares for the first phase to come.
  void enter();

 private:
  Phase phase() const { return static_cast<Phase>(__builtin_ctz(progress_.phases)); }
  Candidates candidates() const { return {sampler_.values_, sampler_.ids_, progress_.count}; }
  float exponent(float value) const;
  uint32_t length() const;
  void run(uint32_t end);
  void leave();

  // Elements [progress_.next, end) of a phase.
  void copy(uint32_t end);
  void penalize(uint32_t end);
  void find_largest(uint32_t end);
  void limit(uint32_t end);
  void gather(uint32_t end);
  void make_heap(uint32_t end);
  void pop(uint32_t end);
  void order(uint32_t end);
  void weigh(uint32_t end);
  void add_up(uint32_t end);
  void keep_from_floor(uint32_t end);
  void draw(uint32_t end);
  void find_largest_number(uint32_t end);
  void add_up_exponentials(uint32_t end);

  Sampler& sampler_;
  Sampler::Progress& progress_;
};

}  // namespace nibble
