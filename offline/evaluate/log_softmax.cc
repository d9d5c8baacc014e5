// Log-softmax and KL divergence.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/log_softmax.h"

#include <cmath>

namespace nibble::offline {

LogSoftmax::LogSoftmax(Span<const float> logits) : logits_(logits) {
  for (size_t token = 1; token < logits.size(); ++token) {
    if (logits[token] > logits[best_]) best_ = static_cast<uint32_t>(token);
  }
  const double largest = logits[best_];
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  log_sum_ = largest + std::log(sum);
}

double divergence(const LogSoftmax& reference, const LogSoftmax& other) {
  double sum = 0;
  for (size_t token = 0; token < reference.size(); ++token) {
    const double expected = reference.log_probability(token);
    sum += std::exp(expected) * (expected - other.log_probability(token));
  }
  return sum;
}

}  // namespace nibble::offline
