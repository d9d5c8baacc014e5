// Runs a packed blob in the real runtime, on the best kernels of this machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/pack/self_test_record.h"

#include <nibble/self_test.h>

#include <algorithm>

#include "offline/blob/blob_writer.h"
#include "offline/files/input_error.h"
#include "offline/host/failure_text.h"
#include "offline/host/host_memory.h"

namespace nibble::offline {
namespace {

/// Tokens and digest of one run.
struct Recording {
  std::vector<Token> generated;
  format::Sha256Digest logits;
};

Recording play(const LoadedModel& loaded, const SelfTestPlan& plan) {
  SessionConfig config;
  config.context_tokens = static_cast<uint32_t>(plan.prompt.size()) + plan.generated_count;
  const HostSession session(loaded, config);
  const uint32_t vocabulary = loaded.model().shape().vocabulary;
  const HostMemory workspace(value_or_throw(Sampler::workspace_bytes(vocabulary), loaded.name()));
  Recording recording{std::vector<Token>(plan.generated_count), {}};
  const Status played = nibble::record_self_test(
      *session, {plan.prompt.data(), plan.prompt.size()}, workspace.bytes(),
      {recording.generated.data(), recording.generated.size()}, recording.logits.bytes);
  value_or_throw(played, loaded.name());
  return recording;
}

}  // namespace

SelfTestPlan plan_self_test(const Tokenizer& tokenizer, const std::string& prompt,
                            uint32_t generated_count, uint32_t context_tokens) {
  SelfTestPlan plan;
  plan.prompt = encode(tokenizer, prompt, EncodeMode::Prompt);
  if (plan.prompt.empty()) throw InputError("self-test prompt", "makes no token; give some text");
  const uint32_t most = std::min(context_tokens, format::kMaxSelfTestTokens);
  if (most < 2) throw InputError("context", "must hold two tokens, for the self-test");
  plan.generated_count = std::clamp(generated_count, 1u, most - 1);
  const size_t room = most - plan.generated_count;
  if (plan.prompt.size() > room) plan.prompt.resize(room);
  return plan;
}

void record_self_test(const LoadedModel& loaded, const SelfTestPlan& plan,
                      std::span<uint8_t> blob) {
  const Recording recording = play(loaded, plan);
  set_self_test(blob, recording.generated, recording.logits);
}

}  // namespace nibble::offline
