// Draws a phase for each round, then shuffles its windows (Fisher and Yates).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/window_stream.h"

#include <algorithm>
#include <string>
#include <utility>

#include "offline/files/input_error.h"
#include "runtime/core/random.h"

namespace nibble::offline {
namespace {

constexpr size_t kValidationShare = 16;  // one text of so many is held out

}  // namespace

TextShares hold_out(const std::vector<TokenText>& texts, uint32_t window_tokens) {
  const auto whole = std::ranges::count_if(
      texts, [&](const TokenText& text) { return text.size() >= window_tokens; });
  if (texts.size() < kValidationShare || static_cast<size_t>(whole) != texts.size()) {
    throw InputError("calibration text",
                     "has " + std::to_string(whole) + " windows of " +
                         std::to_string(window_tokens) + " tokens; distillation needs " +
                         std::to_string(kValidationShare) + ": give more text, or more --samples");
  }
  TextShares shares;
  for (size_t i = 0; i < texts.size(); ++i) {
    const bool is_held_out = i % kValidationShare == kValidationShare - 1;
    (is_held_out ? shares.validation : shares.training).push_back(texts[i]);
  }
  return shares;
}

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
