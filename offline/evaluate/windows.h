// The protocol of a perplexity: how a text is cut into windows, and which tokens are scored.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nibble::offline {

/// The text is tokenized once, as a whole. Its windows begin every stride_tokens; a last window
/// that would be shorter than the others is dropped.
struct ScoreProtocol {
  uint32_t window_tokens = 0;  ///< Positions, the begin token's included.
  uint32_t stride_tokens = 0;  ///< Between the beginnings of windows; 0: as many as a window holds.
  bool begin_token = false;    ///< Each window starts with the begin-of-text token.
  uint32_t max_windows = 0;    ///< 0: all

  /// Tokens of the text per window.
  uint32_t text_tokens() const { return window_tokens - (begin_token ? 1 : 0); }
  uint32_t resolved_stride() const { return stride_tokens == 0 ? text_tokens() : stride_tokens; }
  std::string text() const;
};

/// Tokens [begin, end) of the text are read, those from first_scored on are scored.
struct Window {
  size_t begin = 0, end = 0, first_scored = 0;
};

/// Every token is scored at most once, and only tokens that have a token before them.
/// @pre window_tokens >= 2, stride at most text_tokens()
std::vector<Window> plan_windows(size_t text_tokens, const ScoreProtocol& protocol);

/// A window as a model reads it.
struct WindowTokens {
  std::vector<Token> tokens;  ///< with the begin token, if the protocol has one
  size_t first_scored = 0;    ///< index into `tokens`, at least 1
};
WindowTokens tokens_of(const Window& window, std::span<const Token> text,
                       const ScoreProtocol& protocol, Token begin_token);

}  // namespace nibble::offline
