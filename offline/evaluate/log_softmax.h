// Probabilities of one row of logits, in double precision.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include <cstdint>

namespace nibble::offline {

/// A view of logits [vocabulary] as log-probabilities. @pre logits are finite, not empty
class LogSoftmax {
 public:
  explicit LogSoftmax(Span<const float> logits);
  double log_probability(size_t token) const { return logits_[token] - log_sum_; }
  /// The largest logit, lowest id among equals.
  uint32_t best() const { return best_; }
  size_t size() const { return logits_.size(); }

 private:
  Span<const float> logits_;
  uint32_t best_ = 0;
  double log_sum_ = 0;
};

/// KL(reference ‖ other), in nats. @pre both have the same size
double divergence(const LogSoftmax& reference, const LogSoftmax& other);

}  // namespace nibble::offline
