// One turn of the decode loop.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/session/decode_loop.h"

#include <nibble/nibble.h>

namespace nibble {

void finish(Sampler& sampler) {
  // Between steps no floating-point register is live: a kernel may reschedule here.
  while (!sampler.step()) nibble_platform_yield();
}

Status DecodeLoop::append_drawn() {
  if (has_drawn_) NIBBLE_TRY(session_->append({&drawn_, 1}));
  has_drawn_ = false;
  return {};
}

Status DecodeLoop::append(Span<const Token> tokens) {
  NIBBLE_TRY(append_drawn());
  return session_->append(tokens);
}

Result<Progress> DecodeLoop::step(uint64_t tile_budget) {
  NIBBLE_TRY(append_drawn());
  return session_->step(tile_budget);
}

Result<Token> DecodeLoop::draw(Sampler& sampler) {
  NIBBLE_TRY(append_drawn());
  // In a batch the logits may have been there, and gone again.
  if (!session_->logits().ok()) NIBBLE_TRY(session_->step(Session::kAllTiles));
  const Span<const float> logits = NIBBLE_TRY(session_->logits());
  sampler.begin_pick(logits, session_->history());
  finish(sampler);
  drawn_ = sampler.picked();
  has_drawn_ = true;
  return drawn_;
}

}  // namespace nibble
