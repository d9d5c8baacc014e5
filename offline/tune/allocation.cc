// A knapsack with one choice per matrix.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/tune/allocation.h"

#include <algorithm>
#include <limits>

namespace nibble::offline {
namespace {

constexpr double kImpossible = std::numeric_limits<double>::infinity();

uint64_t best_bytes(const SchemeOptionList& options) {
  return std::ranges::min_element(options, {}, &SchemeOption::loss)->bytes;
}

}  // namespace

Allocator::Allocator(std::vector<SchemeOptionList> matrices) : matrices_(std::move(matrices)) {
  for (const SchemeOptionList& options : matrices_) {
    smallest_.push_back(std::ranges::min_element(options, {}, &SchemeOption::bytes)->bytes);
    least_bytes_ += smallest_.back();
    most_bytes_ += best_bytes(options);
  }
  step_bytes_ = std::max<uint64_t>((most_bytes_ - least_bytes_) / kSteps, 1);
  solve();
}

size_t Allocator::steps_of(uint64_t bytes_above_least) const {
  return static_cast<size_t>((bytes_above_least + step_bytes_ - 1) / step_bytes_);
}

/// After matrix i, losses_[s] is the smallest loss of matrices 0 … i within s steps. A matrix adds
/// at most one rounded-up step to what its best option needs.
void Allocator::solve() {
  const size_t steps = steps_of(most_bytes_ - least_bytes_) + matrices_.size();
  losses_.assign(steps + 1, 0);
  for (size_t i = 0; i < matrices_.size(); ++i) {
    std::vector<double> next(steps + 1, kImpossible);
    std::vector<uint8_t>& choices = choices_.emplace_back(steps + 1);
    for (size_t option = 0; option < matrices_[i].size(); ++option) {
      const SchemeOption& candidate = matrices_[i][option];
      const size_t needed = steps_of(candidate.bytes - smallest_[i]);
      for (size_t step = needed; step <= steps; ++step) {
        const double loss = losses_[step - needed] + candidate.loss;
        if (loss >= next[step]) continue;
        next[step] = loss;
        choices[step] = static_cast<uint8_t>(option);
      }
    }
    losses_ = std::move(next);
  }
}

Allocation Allocator::allocation_at(size_t step) const {
  Allocation allocation;
  allocation.choices.resize(matrices_.size());
  for (size_t i = matrices_.size(); i-- > 0;) {
    const size_t choice = choices_[i][step];
    const SchemeOption& option = matrices_[i][choice];
    allocation.choices[i] = choice;
    allocation.bytes += option.bytes;
    allocation.loss += option.loss;
    step -= steps_of(option.bytes - smallest_[i]);
  }
  return allocation;
}

std::optional<Allocation> Allocator::within_bytes(uint64_t bytes) const {
  if (bytes < least_bytes_) return std::nullopt;
  const uint64_t steps = (bytes - least_bytes_) / step_bytes_;
  return allocation_at(static_cast<size_t>(std::min<uint64_t>(steps, losses_.size() - 1)));
}

std::optional<Allocation> Allocator::within_loss(double loss) const {
  const auto first = std::ranges::find_if(losses_, [loss](double least) { return least <= loss; });
  if (first == losses_.end()) return std::nullopt;
  return allocation_at(static_cast<size_t>(first - losses_.begin()));
}

}  // namespace nibble::offline
