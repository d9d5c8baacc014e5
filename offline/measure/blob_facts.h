// What is true of a blob in every cell: sizes, identity, memory, quality, replies.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "offline/evaluate/reply_rules.h"
#include "offline/host/loaded_model.h"
#include "offline/results/cell.h"

namespace nibble::offline {

/// What is asked of every blob beside its speed.
struct EvaluationPlan {
  std::filesystem::path text;       ///< empty: no perplexity
  std::filesystem::path reference;  ///< a blob to compare with; may be empty
  uint32_t max_windows = 0;         ///< of the text; 0: all
  std::vector<ReplyRules> rules;    ///< empty: no obedience
  std::vector<std::string> prompts;
  std::vector<uint32_t> batch_sizes;  ///< for which the bill is wanted
  SessionConfig session;
  std::function<void(const std::string& stage, double done)> progress;
};

struct BlobEvaluation {
  BlobFacts blob;
  std::string model;
  std::optional<ObedienceResult> obedience;
  std::optional<QualityResult> quality;
  std::vector<SampleOutput> sample_outputs;
  std::vector<MemoryParts> bills;  ///< one per batch size
};

/// Results do not depend on batch sizes and threads, since logits do not. Throws InputError.
BlobEvaluation evaluate_blob(const std::filesystem::path& path, const EvaluationPlan& plan);

/// The bill of `nibble plan`; of a batch of sessions where there are several. Throws InputError.
MemoryParts memory_parts(const LoadedModel& model, const SessionConfig& session, uint32_t sessions);

}  // namespace nibble::offline
