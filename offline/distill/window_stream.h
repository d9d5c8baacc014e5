// Windows of calibration texts in a pseudo-random order, every token about equally often.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <cstdint>
#include <span>
#include <vector>

namespace nibble::offline {

/// A text's tokens, in order.
using TokenText = std::vector<Token>;

/// Texts to train on, and those to judge the training by.
struct TextShares {
  std::vector<TokenText> training, validation;
};

/// Every sixteenth text is for validation.
/// Throws InputError for fewer than 16 texts, or one of fewer than window_tokens tokens.
TextShares hold_out(const std::vector<TokenText>& texts, uint32_t window_tokens);

/// Cuts the texts into windows of one length, from another place on each time around, and hands
/// them out shuffled. The numbers are those of next_random().
class WindowStream {
 public:
  /// @param texts  outlive this; at least one has window_tokens tokens
  WindowStream(std::span<const TokenText> texts, uint32_t window_tokens, uint64_t seed);

  /// The next `count` windows, one after the other: [count · window_tokens].
  std::vector<Token> next(uint32_t count);

 private:
  void start_round();

  const std::span<const TokenText> texts_;
  const uint32_t window_tokens_;
  uint64_t random_state_;
  std::vector<std::span<const Token>> windows_;  // of this round, those not handed out yet
};

}  // namespace nibble::offline
