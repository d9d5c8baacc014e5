// Log-softmax, KL divergence, and the likeliest tokens.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/log_softmax.h"

#include <algorithm>
#include <cmath>

namespace nibble::offline {

LogSoftmax::LogSoftmax(Span<const float> logits) : logits_(logits) {
  find_top();
  const double largest = logits[best()];
  double sum = 0;
  for (const float logit : logits) sum += std::exp(logit - largest);
  log_sum_ = largest + std::log(sum);
}

/// Insertion into a list that hardly any token gets into.
void LogSoftmax::find_top() {
  for (size_t token = 0; token < logits_.size(); ++token) {
    if (top_count_ == kTopTokens && !(logits_[token] > logits_[top_.back()])) continue;
    size_t place = std::min(top_count_, kTopTokens - 1);
    for (; place > 0 && logits_[token] > logits_[top_[place - 1]]; --place) {
      top_[place] = top_[place - 1];
    }
    top_[place] = static_cast<uint32_t>(token);
    top_count_ = std::min(top_count_ + 1, kTopTokens);
  }
}

double divergence(const LogSoftmax& reference, const LogSoftmax& other) {
  double sum = 0;
  for (size_t token = 0; token < reference.size(); ++token) {
    const double expected = reference.log_probability(token);
    sum += std::exp(expected) * (expected - other.log_probability(token));
  }
  return sum;
}

double shared_top(const LogSoftmax& reference, const LogSoftmax& other) {
  const auto is_shared = [&other](uint32_t token) {
    return std::find(other.top().begin(), other.top().end(), token) != other.top().end();
  };
  const auto shared = std::count_if(reference.top().begin(), reference.top().end(), is_shared);
  return static_cast<double>(shared) / static_cast<double>(reference.top().size());
}

}  // namespace nibble::offline
