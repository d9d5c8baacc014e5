// The loop behind `nibble run`: compute, draw, show, and time all of it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/evaluate/reply.h"

#include <nibble/self_test.h>

#include <chrono>

#include "offline/files/input_error.h"
#include "offline/files/text.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

class ReplyMaker {
 public:
  ReplyMaker(Generator& generator, const ReplyOptions& options)
      : generator_(generator), options_(options) {}

  Reply make() {
    reply_.prompt_tokens = generator_.session().queued_tokens();
    const bool is_computed = compute();
    reply_.prefill_seconds = seconds_since(start_);
    if (!is_computed) {
      reply_.end = EndReason::None;
      return reply_;
    }
    if (options_.has_tokens) draw_tokens();
    if (options_.digest) finish_digest();
    return reply_;
  }

 private:
  /// Computes what is queued, in steps of about one token. @returns false if it was interrupted
  bool compute() {
    const uint64_t budget = generator_.session().tiles_per_pass(1);
    for (;;) {
      if (options_.is_interrupted && options_.is_interrupted()) return false;
      if (value_or_throw(generator_.step(budget), "generation") == Progress::Done) return true;
    }
  }

  void draw_tokens() {
    do {
      draw();
    } while (reply_.end == EndReason::None && compute());
    if (reply_.end == EndReason::None) show(generator_.flush());
    if (reply_.tokens.size() > 1) {
      reply_.decode_seconds = seconds_since(start_) - reply_.first_token_seconds;
    }
  }

  /// @pre the prompt and all tokens so far are computed
  void draw() {
    const ReplyPart part = value_or_throw(generator_.next(), "generation");
    if (options_.digest) digest_.add(value_or_throw(generator_.session().logits(), "generation"));
    if (reply_.first_token_seconds == 0) reply_.first_token_seconds = seconds_since(start_);
    if (part.end != EndReason::EndToken) reply_.tokens.push_back(part.token);
    show(part.text);
    reply_.end = part.end;
  }

  void show(Text text) {
    if (text.empty()) return;
    reply_.text.append(text.data(), text.size());
    if (options_.show) options_.show({text.data(), text.size()});
  }

  void finish_digest() {
    uint8_t sha256[LogitsDigest::kBytes];
    digest_.finish(sha256);
    reply_.logits_sha256 = hex(sha256);
  }

  Generator& generator_;
  const ReplyOptions& options_;
  Clock::time_point start_ = Clock::now();
  LogitsDigest digest_;
  Reply reply_;
};

}  // namespace

void append_prompt(Generator& generator, const std::vector<Token>& prompt) {
  const uint32_t context_tokens = generator.session().context_tokens();
  if (prompt.empty()) throw InputError("prompt", "has no tokens; give some text");
  if (prompt.size() > context_tokens) {
    throw InputError("prompt", "has " + std::to_string(prompt.size()) + " tokens, but only " +
                                   std::to_string(context_tokens) +
                                   " positions are free; shorten it or give a larger --context");
  }
  value_or_throw(generator.append({prompt.data(), prompt.size()}), "prompt");
}

Reply make_reply(Generator& generator, const ReplyOptions& options) {
  return ReplyMaker(generator, options).make();
}

}  // namespace nibble::offline
