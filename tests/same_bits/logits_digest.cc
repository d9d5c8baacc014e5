// Greedy decoding in bounded steps, hashing as it goes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/same_bits/logits_digest.h"

#include <nibble/self_test.h>

namespace nibble::test {
namespace {

Result<Span<const float>> compute(Session& session, Span<const Token> tokens,
                                  uint64_t tile_budget) {
  NIBBLE_TRY(session.append(tokens));
  while (NIBBLE_TRY(session.step(tile_budget)) == Progress::More) {
  }
  return session.logits();
}

Token largest_of(Span<const float> logits) {
  Token best = 0;
  for (Token id = 1; id < logits.size(); ++id)
    if (logits[id] > logits[best]) best = id;
  return best;
}

}  // namespace

Result<format::Sha256Digest> logits_digest(Session& session, Span<const Token> prompt,
                                           uint64_t tile_budget) {
  LogitsDigest hash;
  Span<const float> logits = NIBBLE_TRY(compute(session, prompt, tile_budget));
  for (uint32_t row = 1;; ++row) {
    hash.add(logits);
    if (row == kDigestTokens) break;
    const Token next = largest_of(logits);
    logits = NIBBLE_TRY(compute(session, {&next, 1}, tile_budget));
  }
  format::Sha256Digest digest;
  hash.finish(digest.bytes);
  return digest;
}

std::string hexadecimal(const format::Sha256Digest& digest) {
  std::string text;
  for (const uint8_t byte : digest.bytes)
    for (const int digit : {byte >> 4, byte & 15}) text += "0123456789abcdef"[digit];
  return text;
}

}  // namespace nibble::test
