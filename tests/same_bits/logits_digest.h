// The figure that two machines compare: SHA-256 over the logits of a hundred greedy steps.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include <string>

#include "runtime/format/sha256.h"

namespace nibble::test {

inline constexpr uint32_t kDigestTokens = 100;
/// Long enough to fill several batches and to cross a block of 32 positions.
inline constexpr const char* kDigestText =
    "PCI device 8086:10d3 is the Intel 82574L Gigabit Network Connection. errno 13 is EACCES.";

/// Computes `prompt` in steps of `tile_budget`, then feeds the largest logit's token back,
/// kDigestTokens rows of logits in all: the self-test's own definition. The end of a reply is
/// computed past.
Result<Sha256Digest> logits_digest(Session& session, Span<const Token> prompt,
                                   uint64_t tile_budget);

std::string hexadecimal(const Sha256Digest& digest);

}  // namespace nibble::test
