// Perplexity of packed blobs over a text, and how far they are from a reference blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "offline/evaluate/windows.h"

namespace nibble::offline {

/// Negative log-likelihood of the scored tokens, in nats.
struct Likelihood {
  uint64_t tokens = 0;
  double mean_nll = 0, standard_error_nll = 0;
  double perplexity() const;
  double standard_error_perplexity() const;  ///< to first order
};

/// How far a blob is from the reference, compared position by position over the scored tokens.
struct Distance {
  double mean_kl = 0, percentile_99_kl = 0;  ///< KL(reference ‖ this), nats
  double top1_agreement = 0;                 ///< share of positions
  double ln_perplexity_ratio = 0;            ///< ln(perplexity / reference's), paired
  double standard_error_ln_ratio = 0;
};

struct BlobScore {
  Likelihood likelihood;
  std::optional<Distance> distance;
};

struct ScoringRun {
  /// Sessions over models with one vocabulary; logit_rows is batch_tokens, and every context holds
  /// a window.
  std::vector<Session*> sessions;
  uint32_t batch_tokens = 0;
  std::optional<size_t> reference;  ///< index into `sessions`
  Token begin_token = 0;            ///< used if the protocol says so
  std::function<void(double done)> progress;
};

/// @returns one score per session. All sessions read the text together, so that no logits have to
/// be kept. Throws InputError if a session fails.
std::vector<BlobScore> score_text(const ScoringRun& run, std::span<const Token> text,
                                  const ScoreProtocol& protocol);

}  // namespace nibble::offline
