// The decoding loop, one turn at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/host/generation.h"

#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"

namespace nibble::offline {

Generation::Generation(Session& session, const SamplerConfig& config)
    : session_(session),
      workspace_(
          value_or_throw(Sampler::workspace_bytes(session.model().shape().vocabulary), "sampler")),
      sampler_(value_or_throw(Sampler::create(config, session.model().shape().vocabulary,
                                              session.kernels(), workspace_.bytes()),
                              "sampler")) {}

bool Generation::prompt(std::span<const Token> tokens, const std::function<bool()>& is_cancelled) {
  const uint32_t free_positions = session_.context_tokens() - session_.position();
  if (tokens.empty()) throw InputError("prompt", "has no tokens; give some text");
  if (tokens.size() > free_positions) {
    throw InputError("prompt", "has " + std::to_string(tokens.size()) + " tokens, but only " +
                                   std::to_string(free_positions) +
                                   " positions are free; shorten it or give a larger --context");
  }
  pending_.reset();
  end_ = ReplyEnd::None;
  value_or_throw(session_.append({tokens.data(), tokens.size()}), "prompt");
  const uint64_t budget = session_.tiles_per_pass(1);
  while (value_or_throw(session_.step(budget), "prompt") == Progress::More) {
    if (!is_cancelled || !is_cancelled()) continue;
    session_.cancel();
    return false;
  }
  logits_ = value_or_throw(session_.logits(), "prompt");
  return true;
}

std::optional<Token> Generation::next() {
  if (pending_) {
    if (session_.position() == session_.context_tokens()) {
      end_ = ReplyEnd::ContextFull;
      return std::nullopt;
    }
    logits_ = value_or_throw(session_.decode(*pending_), "generation");
  }
  pending_ = sampler_.pick(logits_, session_.history());
  if (!session_.model().tokenizer().is_end(*pending_)) return pending_;
  end_ = ReplyEnd::EndToken;
  return std::nullopt;
}

}  // namespace nibble::offline
