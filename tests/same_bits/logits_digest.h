// The figure that two machines compare: SHA-256 over the logits of a hundred greedy steps.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include "runtime/format/sha256.h"

namespace nibble::test {

inline constexpr uint32_t kDigestTokens = 100;

/// Computes `prompt` in steps of `tile_budget`, then feeds the largest logit's token back,
/// kDigestTokens rows of logits in all: the self-test's own definition. The end of a reply is
/// computed past.
Result<Sha256Digest> logits_digest(Session& session, Span<const Token> prompt,
                                   uint64_t tile_budget);

}  // namespace nibble::test
