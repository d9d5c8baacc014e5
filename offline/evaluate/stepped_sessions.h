// One session, or all sessions of a batch, for code that measures either.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/batch.h>

#include <functional>
#include <vector>

namespace nibble::offline {

/// Sessions that are computed by one call.
struct SteppedSessions {
  std::vector<Session*> sessions;
  /// Computes until at least one of them has new logits, or all is done.
  std::function<Result<nibble::Progress>()> step;
};

inline SteppedSessions stepped(Session& session) {
  return {{&session}, [&session] { return session.step(Session::kAllTiles); }};
}

inline SteppedSessions stepped(Batch& batch) {
  std::vector<Session*> sessions;
  for (uint32_t i = 0; i < batch.session_count(); ++i) sessions.push_back(&batch.session(i));
  return {sessions, [&batch] { return batch.step(Session::kAllTiles); }};
}

}  // namespace nibble::offline
