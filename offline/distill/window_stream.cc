// Draws a phase for each round, then shuffles its windows (Fisher and Yates).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/window_stream.h"

#include <algorithm>
#include <utility>

#include "runtime/core/random.h"

namespace nibble::offline {

WindowStream::WindowStream(std::span<const TokenText> texts, uint32_t window_tokens, uint64_t seed)
    : texts_(texts), window_tokens_(window_tokens), random_state_(seed) {}

std::vector<Token> WindowStream::next(uint32_t count) {
  std::vector<Token> tokens;
  tokens.reserve(size_t{count} * window_tokens_);
  for (uint32_t i = 0; i < count; ++i) {
    if (windows_.empty()) start_round();
    tokens.insert(tokens.end(), windows_.back().begin(), windows_.back().end());
    windows_.pop_back();
  }
  return tokens;
}

void WindowStream::start_round() {
  for (const TokenText& text : texts_) {
    if (text.size() < window_tokens_) continue;
    // A phase that leaves room for a window, however short the text is.
    const size_t phases = std::min<size_t>(window_tokens_, text.size() - window_tokens_ + 1);
    const auto all = std::span(text);
    for (size_t at = next_random(random_state_) % phases; at + window_tokens_ <= text.size();
         at += window_tokens_) {
      windows_.push_back(all.subspan(at, window_tokens_));
    }
  }
  for (size_t i = windows_.size(); i > 1; --i) {
    std::swap(windows_[i - 1], windows_[next_random(random_state_) % i]);
  }
}

}  // namespace nibble::offline
