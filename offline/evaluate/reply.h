// One reply to a prompt: text streamed as it is made, and what it took.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/generator.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nibble::offline {

struct ReplyOptions {
  bool has_tokens = true;  ///< False: the prompt is computed, and nothing is drawn.
  bool digest = false;
  std::function<void(std::string_view)> show;  ///< Called with each part of the text.
  std::function<bool()> is_interrupted;        ///< Asked between passes.
};

struct Reply {
  std::string text;
  std::vector<Token> tokens;              ///< Without the end token.
  EndReason end = EndReason::TokenLimit;  ///< None: it was interrupted.
  uint64_t prompt_tokens = 0;
  double prefill_seconds = 0;
  double first_token_seconds = 0;  ///< Prefill and the first draw.
  double decode_seconds = 0;       ///< Of all tokens after the first.
  std::string logits_sha256;  ///< Over the logits each token was drawn from; "" if not asked for.
};

/// Queues a prompt. Throws InputError when it has no tokens or does not fit the context.
/// @param generator  at position 0
void append_prompt(Generator& generator, const std::vector<Token>& prompt);

/// Computes what is queued, and draws the reply. Throws InputError.
Reply make_reply(Generator& generator, const ReplyOptions& options);

}  // namespace nibble::offline
