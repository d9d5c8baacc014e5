// Cuts a token sequence into windows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/windows.h"

#include <algorithm>

namespace nibble::offline {

std::string ScoreProtocol::text() const {
  std::string text = "text tokenized once as a whole, windows of " + std::to_string(window_tokens) +
                     " positions, stride " + std::to_string(resolved_stride());
  text += begin_token ? ", each starting with the begin token, all text tokens of a window scored"
                      : ", no begin token, all positions but the first of a window scored";
  if (resolved_stride() < text_tokens()) text += " that no earlier window scored";
  if (max_windows != 0) text += ", first " + std::to_string(max_windows) + " windows";
  return text;
}

std::vector<Window> plan_windows(size_t text_tokens, const ScoreProtocol& protocol) {
  std::vector<Window> windows;
  const size_t length = protocol.text_tokens();
  size_t scored_end = 0;
  for (size_t begin = 0; begin + length <= text_tokens; begin += protocol.resolved_stride()) {
    if (protocol.max_windows != 0 && windows.size() == protocol.max_windows) break;
    const size_t first = protocol.begin_token ? begin : begin + 1;
    windows.push_back({begin, begin + length, std::max(first, scored_end)});
    scored_end = begin + length;
  }
  return windows;
}

WindowTokens tokens_of(const Window& window, std::span<const Token> text,
                       const ScoreProtocol& protocol, Token begin_token) {
  WindowTokens read;
  if (protocol.begin_token) read.tokens.push_back(begin_token);
  read.first_scored = window.first_scored - window.begin + read.tokens.size();
  const auto part = text.subspan(window.begin, window.end - window.begin);
  read.tokens.insert(read.tokens.end(), part.begin(), part.end());
  return read;
}

}  // namespace nibble::offline
