// Greedy generation under a digest: recorded by the packer, repeated by everyone else.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/nibble.h>
#include <nibble/self_test.h>

#include "runtime/format/sha256.h"
#include "runtime/session/decode_loop.h"

namespace nibble {

using format::Sha256;
using format::Sha256Digest;

namespace {

// The public header cannot name Sha256: its bytes are kept there, and copied out to be worked on.
static_assert(sizeof(Sha256) <= LogitsDigest::kStateBytes);

Sha256 load(const uint8_t (&state)[LogitsDigest::kStateBytes]) {
  Sha256 hash;
  __builtin_memcpy(&hash, state, sizeof(hash));
  return hash;
}

void store(const Sha256& hash, uint8_t (&state)[LogitsDigest::kStateBytes]) {
  __builtin_memcpy(state, &hash, sizeof(hash));
}

Bytes bytes_of(Span<const float> logits) {
  return {reinterpret_cast<const uint8_t*>(logits.data()), logits.size() * sizeof(float)};
}

/// Hashing so much takes some ten microseconds.
constexpr size_t kBytesBetweenYields = 8192;

void add(Sha256& hash, Bytes bytes) {
  while (bytes.size() > kBytesBetweenYields) {
    hash.update(bytes.first(kBytesBetweenYields));
    bytes = bytes.from(kBytesBetweenYields);
    nibble_platform_yield();
  }
  hash.update(bytes);
}

/// A greedy run from a prompt on.
struct Run {
  Span<const Token> prompt;
  Span<const Token> expected;  ///< Every token is compared with these; or empty.
  Span<Token> recorded;        ///< Every token is stored here; or empty.
};

/// Everything here is on the deepest stack there is: hence no results of more than a word.
/// @param hash  is given all logits that tokens were drawn from
/// @returns SelfTestMismatch (where = step), among others
Status generate(const Run& run, Session& session, Sampler& greedy, Sha256& hash) {
  DecodeLoop loop(session);
  NIBBLE_TRY(loop.append(run.prompt));
  const size_t steps = run.expected.size() + run.recorded.size();
  for (size_t step = 0; step < steps; ++step) {
    const Token token = NIBBLE_TRY(loop.draw(greedy));
    add(hash, bytes_of(NIBBLE_TRY(session.logits())));
    if (!run.recorded.empty()) {
      run.recorded[step] = token;
    } else if (token != run.expected[step]) {
      return Failure{Error::SelfTestMismatch, step};
    }
  }
  return {};
}

/// generate() from the session's start, which it goes back to, whatever happened.
Status play(const Run& run, Session& session, MutableBytes workspace, Sha256& hash) {
  if (session.position() != 0 || session.queued_tokens() != 0) return Error::BadArgument;
  // Used in place: a second copy would be on the deepest stack there is.
  Result<Sampler> greedy =
      Sampler::create({}, session.model().shape().vocabulary, session.kernels(), workspace);
  if (!greedy.ok()) return greedy.failure();
  const Status generated = generate(run, session, greedy.value(), hash);
  const Status rewound = session.rewind(0);
  return generated.ok() ? rewound : generated;
}

}  // namespace

LogitsDigest::LogitsDigest() {
  store(Sha256(), state_);
}

void LogitsDigest::add(Span<const float> logits) {
  Sha256 hash = load(state_);
  hash.update(bytes_of(logits));
  store(hash, state_);
}

void LogitsDigest::finish(uint8_t (&sha256)[kBytes]) {
  const Sha256Digest digest = load(state_).finish();
  __builtin_memcpy(sha256, digest.bytes, sizeof(sha256));
}

Status run_self_test(Session& session, MutableBytes workspace) {
  const SelfTest& record = session.model().self_test();
  const Run run{.prompt = record.prompt, .expected = record.generated, .recorded = {}};
  Sha256 hash;
  NIBBLE_TRY(play(run, session, workspace, hash));
  const Sha256Digest digest = hash.finish();
  const bool is_equal =
      __builtin_memcmp(digest.bytes, record.logits_sha256.data(), sizeof(digest.bytes)) == 0;
  return is_equal ? Status() : Failure{Error::SelfTestMismatch, record.generated.size()};
}

Status record_self_test(Session& session, Span<const Token> prompt, MutableBytes workspace,
                        Span<Token> generated, uint8_t (&logits_sha256)[LogitsDigest::kBytes]) {
  const Run run{.prompt = prompt, .expected = {}, .recorded = generated};
  Sha256 hash;
  NIBBLE_TRY(play(run, session, workspace, hash));
  const Sha256Digest digest = hash.finish();
  __builtin_memcpy(logits_sha256, digest.bytes, sizeof(logits_sha256));
  return {};
}

}  // namespace nibble
