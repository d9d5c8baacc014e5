// Perplexity of packed blobs over a text, and how far they are from a reference blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "offline/evaluate/stored_reference.h"
#include "offline/evaluate/windows.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

// Standard errors take windows as independent, not tokens: those of a window depend on each other.
// They are infinite over fewer than two windows.

/// Negative log-likelihood of the scored tokens, in nats.
struct Likelihood {
  uint64_t tokens = 0;
  double mean_nll = 0, standard_error_nll = 0;
  double perplexity() const;
  double standard_error_perplexity() const;  ///< to first order
};

/// KL(reference ‖ other) over all scored positions, in nats. Percentiles are exact: 4 bytes are
/// kept per position.
struct KlSpread {
  double mean = 0, standard_error = 0;
  double median = 0, percentile_95 = 0, percentile_99 = 0, percentile_99_9 = 0, largest = 0;
};

/// How far a blob is from the reference, compared position by position over the scored tokens.
struct Distance {
  KlSpread kl;
  double top1_agreement = 0;       ///< Share of positions with the same likeliest token.
  double top5_agreement = 0;       ///< Mean share of the reference's five likeliest that both have.
  double ln_perplexity_ratio = 0;  ///< ln(perplexity / reference's): mean paired difference of nll
  double standard_error_ln_ratio = 0;

  /// What ln_perplexity_ratio stays below with a confidence of 97.5 %: mean + 1.96 errors.
  double upper_ln_ratio() const;
};

/// Whether a blob loses at most so much.
enum class LossVerdict {
  Passed,        ///< Certainly: upper_ln_ratio() is at most ln(1 + loss).
  Inconclusive,  ///< The mean is below the bar, but it may be above on more text.
  Failed,        ///< The mean is above the bar.
};
/// @param max_loss_percent  by how much perplexity may be above the reference's
LossVerdict judge_loss(const Distance& distance, double max_loss_percent);
/// "passed", "inconclusive", "failed"
const char* verdict_name(LossVerdict verdict);

struct BlobScore {
  Likelihood likelihood;
  std::optional<Distance> distance;  ///< of all but the reference
};

struct ScoringRun {
  std::vector<const LoadedModel*> models;       ///< with one vocabulary
  std::optional<size_t> reference;              ///< index into `models`
  StoredReference* stored_reference = nullptr;  ///< in its place: of this text and protocol
  ScoreProtocol protocol;                       ///< every model's context holds a window
  SessionConfig session;  ///< for each; its context and logit rows do not matter
  std::function<void(double done)> progress;
};

/// @returns one score per model. All models read the text together, so that no logits have to be
/// kept. Throws InputError if a session fails.
std::vector<BlobScore> score_text(const ScoringRun& run, std::span<const Token> text);

}  // namespace nibble::offline
