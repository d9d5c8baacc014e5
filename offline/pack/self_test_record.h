// The self-test a blob carries, recorded by running the blob itself.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nibble::offline {

/// How a self-test fits a model's context.
struct SelfTestPlan {
  std::vector<Token> prompt;     ///< at least one token; cut where the context ends
  uint32_t generated_count = 0;  ///< at least one
};

/// Throws InputError when the prompt makes no token, or the context holds no prompt and a reply.
SelfTestPlan plan_self_test(const Tokenizer& tokenizer, const std::string& prompt,
                            uint32_t generated_count, uint32_t context_tokens);

/// Loads the blob, generates, and seals it again with the tokens and the digest of the logits.
/// @param blob  64-byte aligned, built for this plan
/// Throws InputError, naming `where`, when the runtime refuses the blob.
void record_self_test(std::span<uint8_t> blob, const SelfTestPlan& plan, const std::string& where);

}  // namespace nibble::offline
