// Greedy generation under a digest: recorded by the packer, repeated by everyone else.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/self_test.h>

#include "runtime/format/sha256.h"

namespace nibble {

using format::Sha256;
using format::Sha256Digest;

namespace {

/// Generates greedily; generated tokens go to `record`, or are compared with `expected`.
struct Playback {
  Session& session;
  MutableBytes workspace;
  Span<const Token> prompt;
  Span<const Token> expected;
  Token* record;
  uint8_t (&digest)[LogitsDigest::kBytes];

  Status play() {
    Sampler sampler = NIBBLE_TRY(Sampler::create(
        SamplerConfig{}, session.model().shape().vocabulary, session.kernels(), workspace));
    LogitsDigest hash;
    Span<const float> logits = NIBBLE_TRY(session.prefill(prompt));
    for (size_t step = 0; step < expected.size(); ++step) {
      hash.add(logits);
      const Token token = sampler.pick(logits, session.history());
      if (record != nullptr) record[step] = token;
      if (token != expected[step]) return Failure{Error::SelfTestMismatch, step};
      if (step + 1 < expected.size()) logits = NIBBLE_TRY(session.decode(token));
    }
    hash.finish(digest);
    return {};
  }
};

/// Plays from position 0 and goes back there, whatever happened.
Status play_apart(Playback& playback) {
  const Session& session = playback.session;
  if (session.position() != 0 || session.queued_tokens() != 0) return Error::BadArgument;
  const Status status = playback.play();
  const Status rewound = playback.session.rewind(0);
  return status.ok() ? rewound : status;
}

}  // namespace

// The public header cannot name Sha256: the object lives in bytes it reserves.
static_assert(sizeof(Sha256) <= 128 && alignof(Sha256) <= 8);

LogitsDigest::LogitsDigest() {
  *reinterpret_cast<Sha256*>(state_) = Sha256();
}

void LogitsDigest::add(Span<const float> logits) {
  reinterpret_cast<Sha256*>(state_)->update(
      {reinterpret_cast<const uint8_t*>(logits.data()), logits.size() * sizeof(float)});
}

void LogitsDigest::finish(uint8_t (&sha256)[kBytes]) {
  const Sha256Digest digest = reinterpret_cast<Sha256*>(state_)->finish();
  __builtin_memcpy(sha256, digest.bytes, sizeof(sha256));
}

Status run_self_test(Session& session, MutableBytes workspace) {
  const SelfTest& record = session.model().self_test();
  uint8_t digest[LogitsDigest::kBytes];
  Playback playback{.session = session,
                    .workspace = workspace,
                    .prompt = record.prompt,
                    .expected = record.generated,
                    .record = nullptr,
                    .digest = digest};
  NIBBLE_TRY(play_apart(playback));
  if (__builtin_memcmp(digest, record.logits_sha256.data(), sizeof(digest)) != 0)
    return Failure{Error::SelfTestMismatch, record.generated.size()};
  return {};
}

Status record_self_test(Session& session, Span<const Token> prompt, MutableBytes workspace,
                        Span<Token> generated, uint8_t (&logits_sha256)[LogitsDigest::kBytes]) {
  // Each step is expected to yield what was just recorded.
  Playback playback{.session = session,
                    .workspace = workspace,
                    .prompt = prompt,
                    .expected = generated,
                    .record = generated.data(),
                    .digest = logits_sha256};
  return play_apart(playback);
}

}  // namespace nibble
