// The self-test a blob carries, recorded by running the blob itself.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// How a self-test fits a model's context.
struct SelfTestPlan {
  std::vector<Token> prompt;     ///< at least one token; cut where the context ends
  uint32_t generated_count = 0;  ///< at least one
};

/// Throws InputError when the prompt makes no token, or the context holds no prompt and a reply.
SelfTestPlan plan_self_test(const Tokenizer& tokenizer, const std::string& prompt,
                            uint32_t generated_count, uint32_t context_tokens);

/// Generates with the loaded model, and seals the blob again with the tokens and the digest of the
/// logits.
/// @param loaded  the model of `blob`, which was built for this plan; the model's identity() is
///                that of the blob as it was before
/// Throws InputError, naming the model, when no session can be made.
void record_self_test(const LoadedModel& loaded, const SelfTestPlan& plan, std::span<uint8_t> blob);

}  // namespace nibble::offline
