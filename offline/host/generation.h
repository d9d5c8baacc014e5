// A reply, token by token: prompt, sampler, session and the reasons to stop.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>
#include <nibble/session.h>

#include <functional>
#include <optional>
#include <span>

#include "offline/host/host_memory.h"

namespace nibble::offline {

enum class ReplyEnd { None, EndToken, ContextFull };

/// Draws tokens from a session. The session outlives it.
class Generation {
 public:
  /// Throws InputError when a setting is out of range.
  Generation(Session& session, const SamplerConfig& config);

  /// Computes the prompt behind what the session holds. Throws InputError when it does not fit.
  /// @param is_cancelled  asked between passes; may be empty
  /// @returns false when it was cancelled: then nothing can be drawn
  bool prompt(std::span<const Token> tokens, const std::function<bool()>& is_cancelled = {});
  /// The next token, or nothing: see end(). Its own logits are computed by the next call, so the
  /// last token of a reply costs nothing.
  std::optional<Token> next();
  ReplyEnd end() const { return end_; }
  /// Those the last next() drew from.
  Span<const float> logits() const { return logits_; }

 private:
  Session& session_;
  HostMemory workspace_;
  Sampler sampler_;
  Span<const float> logits_;
  std::optional<Token> pending_;
  ReplyEnd end_ = ReplyEnd::None;
};

}  // namespace nibble::offline
