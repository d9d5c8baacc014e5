// The loop that every reply and every self-test goes through: compute, draw, give back.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>
#include <nibble/session.h>

namespace nibble {

/// Does what a sampler has begun, and yields in between.
void finish(Sampler& sampler);

/// Draws tokens from a session. The token drawn last is given back to the session only once more is
/// asked for: the last token of a reply costs no pass, and the logits it was drawn from stay.
class DecodeLoop {
 public:
  /// The session outlives the loop.
  explicit DecodeLoop(Session& session) : session_(&session) {}

  /// Queues tokens behind the token drawn last. @returns any error of Session::append()
  Status append(Span<const Token> tokens);
  /// As Session::step(), over the token drawn last and what is queued.
  Result<Progress> step(uint64_t tile_budget);
  /// Computes what is queued, then draws a token.
  /// @returns the token | NothingToDo (nothing was queued) | ContextFull (no position for the token
  ///          drawn last)
  Result<Token> draw(Sampler& sampler);
  /// Gives the token drawn last back to the session, if there is one. @returns ContextFull (there
  /// is no position for it)
  Status append_drawn();
  bool has_drawn() const { return has_drawn_; }
  /// Forgets the token drawn last.
  void drop_drawn() { has_drawn_ = false; }

  Session& session() const { return *session_; }

 private:
  Session* session_;
  Token drawn_ = 0;
  bool has_drawn_ = false;
};

}  // namespace nibble
