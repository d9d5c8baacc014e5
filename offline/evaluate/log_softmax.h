// Probabilities of one row of logits, in double precision.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

#include <array>
#include <cstdint>

namespace nibble::offline {

/// A view of logits [vocabulary] as log-probabilities. @pre logits are finite, not empty
class LogSoftmax {
 public:
  /// How many of the likeliest tokens are known.
  static constexpr size_t kTopTokens = 5;

  explicit LogSoftmax(Span<const float> logits);
  double log_probability(size_t token) const { return logits_[token] - log_sum_; }
  /// The likeliest tokens, likeliest first, the lower id first among equals; as many as there are
  /// in a vocabulary of fewer.
  Span<const uint32_t> top() const { return {top_.data(), top_count_}; }
  uint32_t best() const { return top_[0]; }
  size_t size() const { return logits_.size(); }

 private:
  void find_top();

  Span<const float> logits_;
  std::array<uint32_t, kTopTokens> top_{};
  size_t top_count_ = 0;
  double log_sum_ = 0;
};

/// KL(reference ‖ other), in nats. @pre both have the same size
double divergence(const LogSoftmax& reference, const LogSoftmax& other);

/// The share of the reference's likeliest tokens that are among the other's, 0 … 1.
double shared_top(const LogSoftmax& reference, const LogSoftmax& other);

}  // namespace nibble::offline
