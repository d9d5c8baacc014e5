// Greedy generation under a digest: recorded by the packer, repeated by everyone else.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
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

/// Draws the largest logits' tokens, and hashes what each was drawn from.
class GreedyRun {
 public:
  GreedyRun(Session& session, const Sampler& greedy) : loop_(session), sampler_(greedy) {}

  Status begin(Span<const Token> prompt) { return loop_.append(prompt); }
  Result<Token> next() {
    const Token token = NIBBLE_TRY(loop_.draw(sampler_));
    digest_.add(NIBBLE_TRY(loop_.session().logits()));
    return token;
  }
  void finish(uint8_t (&sha256)[LogitsDigest::kBytes]) { digest_.finish(sha256); }

 private:
  DecodeLoop loop_;
  Sampler sampler_;
  LogitsDigest digest_;
};

bool is_at_start(const Session& session) {
  return session.position() == 0 && session.queued_tokens() == 0;
}

Result<Sampler> greedy_sampler(const Session& session, MutableBytes workspace) {
  return Sampler::create({}, session.model().shape().vocabulary, session.kernels(), workspace);
}

Status compare(GreedyRun& run, const SelfTest& record) {
  NIBBLE_TRY(run.begin(record.prompt));
  for (size_t step = 0; step < record.generated.size(); ++step) {
    const Token token = NIBBLE_TRY(run.next());
    if (token != record.generated[step]) return Failure{Error::SelfTestMismatch, step};
  }
  uint8_t digest[LogitsDigest::kBytes];
  run.finish(digest);
  const bool is_equal = __builtin_memcmp(digest, record.logits_sha256.data(), sizeof(digest)) == 0;
  return is_equal ? Status() : Failure{Error::SelfTestMismatch, record.generated.size()};
}

Status record(GreedyRun& run, Span<const Token> prompt, Span<Token> generated) {
  NIBBLE_TRY(run.begin(prompt));
  for (Token& token : generated) token = NIBBLE_TRY(run.next());
  return {};
}

/// Leaves the session at its start, whatever happened.
Status back_at_start(Session& session, const Status& status) {
  const Status rewound = session.rewind(0);
  return status.ok() ? rewound : status;
}

}  // namespace

LogitsDigest::LogitsDigest() {
  store(Sha256(), state_);
}

void LogitsDigest::add(Span<const float> logits) {
  Sha256 hash = load(state_);
  hash.update({reinterpret_cast<const uint8_t*>(logits.data()), logits.size() * sizeof(float)});
  store(hash, state_);
}

void LogitsDigest::finish(uint8_t (&sha256)[kBytes]) {
  const Sha256Digest digest = load(state_).finish();
  __builtin_memcpy(sha256, digest.bytes, sizeof(sha256));
}

Status run_self_test(Session& session, MutableBytes workspace) {
  if (!is_at_start(session)) return Error::BadArgument;
  GreedyRun run(session, NIBBLE_TRY(greedy_sampler(session, workspace)));
  return back_at_start(session, compare(run, session.model().self_test()));
}

Status record_self_test(Session& session, Span<const Token> prompt, MutableBytes workspace,
                        Span<Token> generated, uint8_t (&logits_sha256)[LogitsDigest::kBytes]) {
  if (!is_at_start(session)) return Error::BadArgument;
  GreedyRun run(session, NIBBLE_TRY(greedy_sampler(session, workspace)));
  NIBBLE_TRY(back_at_start(session, record(run, prompt, generated)));
  run.finish(logits_sha256);
  return {};
}

}  // namespace nibble
