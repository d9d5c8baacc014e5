// One reply to a prompt: text streamed as it is made, and what it took.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>
#include <nibble/session.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nibble::offline {

struct ReplyOptions {
  SamplerConfig sampler;
  uint64_t max_tokens = 0;
  std::vector<std::string> stops;
  bool digest = false;
  std::function<void(std::string_view)> show;  ///< called with each piece of text
  std::function<bool()> is_interrupted;        ///< asked between passes
};

struct Reply {
  std::string text;
  std::vector<Token> tokens;
  std::string end;  ///< "end-token", "tokens", "context", "stop" or "interrupted"
  uint64_t prompt_tokens = 0;
  double prefill_seconds = 0;
  double first_token_seconds = 0;  ///< prefill and the first draw
  double decode_seconds = 0;       ///< of all tokens after the first
  std::string logits_sha256;  ///< over the logits each token was drawn from; "" if not asked for
};

/// Throws InputError when the prompt does not fit the context.
Reply make_reply(Session& session, const std::vector<Token>& prompt, const ReplyOptions& options);

}  // namespace nibble::offline
