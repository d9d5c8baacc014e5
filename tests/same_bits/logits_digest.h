// The figure that two machines compare: SHA-256 over the logits of a hundred greedy steps.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include <string>

#include "runtime/format/sha256.h"

namespace nibble::test {

inline constexpr uint32_t kDigestTokens = 100;
/// Fills several batches; no reply to it ends before kDigestTokens, so that what stops at an end
/// (`nibble run`, an image) computes the same.
inline constexpr const char* kDigestText =
    "Once upon a time, there was a little girl named Lily. She loved to play with her toys";

/// Computes `prompt` in steps of `tile_budget`, then feeds the largest logit's token back,
/// kDigestTokens rows of logits in all, as the self-test defines its digest. An end token does not
/// stop the computation.
Result<format::Sha256Digest> logits_digest(Session& session, Span<const Token> prompt,
                                           uint64_t tile_budget);

std::string hexadecimal(const format::Sha256Digest& digest);

}  // namespace nibble::test
