// Requests timed: prompts computed and replies drawn, one alone or several in step.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/host/loaded_model.h"

namespace nibble::offline {

struct RequestPlan {
  uint32_t batch_size = 1;  ///< requests at the same time
  uint32_t prompt_tokens = 64, new_tokens = 64;
  uint32_t warmups = 3, runs = 20;
};

/// The session of a cell: its passes have a row for each request at least.
SessionConfig batch_session(SessionConfig session, uint32_t batch_size);

/// In milliseconds and tokens per second.
struct RequestTimes {
  std::vector<double> latency_ms, first_token_ms;   ///< one per request of each run
  std::vector<double> prefill_rates, decode_rates;  ///< one per run, of all requests together
};

/// The requests of a run begin together; each has a prompt of its own, of pseudo-random tokens, and
/// draws the likeliest token each time. Their first tokens come one after the other; when all are
/// there, they go on in step. A reply has all its tokens, whatever the model says of its end.
/// Throws InputError when the context is too short.
RequestTimes time_requests(const LoadedModel& model, const SessionConfig& session,
                           const RequestPlan& plan);

}  // namespace nibble::offline
