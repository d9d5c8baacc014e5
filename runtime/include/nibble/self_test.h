// The answer to "is it the memory, the file or the math?": a blob's record, computed again.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>
#include <nibble/session.h>

namespace nibble {

/// SHA-256 over rows of logits, as bytes: equal digests mean equal bits.
class LogitsDigest {
 public:
  static constexpr size_t kBytes = 32;
  static constexpr size_t kStateBytes = 128;

  LogitsDigest();
  /// @param logits  [vocabulary] of one step
  void add(Span<const float> logits);
  /// @param sha256  of all that was added
  /// No call may follow.
  void finish(uint8_t (&sha256)[kBytes]);

 private:
  uint8_t state_[kStateBytes] = {};
};

/// Prefills the blob's prompt, then takes the largest logit of each step as the next token, and
/// compares tokens and digest with the record. Generator::self_test() does this with the
/// generator's own memory.
/// @param session    at position 0 with nothing queued; it is so again afterwards
/// @param workspace  64-byte aligned, Sampler::workspace_bytes(vocabulary)
/// @returns SelfTestMismatch (where = step; the count of steps: only the digest differs) |
///          BadArgument (the session is not as above) | any error of the session or of
///          Sampler::create()
/// Cost: prompt and generated tokens, computed once.
Status run_self_test(Session& session, MutableBytes workspace);

/// What the packer stores: the same computation, recorded instead of compared.
/// @param prompt     at least one token
/// @param generated  [steps], filled
/// @returns as run_self_test(), without the mismatch
Status record_self_test(Session& session, Span<const Token> prompt, MutableBytes workspace,
                        Span<Token> generated, uint8_t (&logits_sha256)[LogitsDigest::kBytes]);

}  // namespace nibble
