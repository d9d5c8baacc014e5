// Whether to keep the base or to take a tuned variant, and the rule that says so.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "offline/measure/cell_groups.h"

namespace nibble::offline {

/// What a variant has to keep, and what it has to gain.
struct RecommendationRule {
  double max_loss_percent = 2;     ///< of perplexity, against the base
  double least_speedup = 1.05;     ///< of p95 latency, where memory is no reason
  double least_speed_kept = 0.95;  ///< of p95 latency, where memory is the reason
  double least_saving = 0.10;      ///< of the bill, where speed is no reason
  std::string text() const;
};

/// How a variant compares with the base.
struct VariantJudgment {
  std::string variant;
  double speedup = 1;  ///< base's p95 latency / its own: geometric mean of the cells that both have
  double saving = 0;   ///< share of the base's bill that it does without, in the same cells
  std::optional<double> loss_percent;  ///< of perplexity
  bool qualifies = false;
  std::string reason;  ///< a sentence
};

struct Recommendation {
  std::string base;
  std::optional<std::string> taken;  ///< none: keep the base
  std::vector<VariantJudgment> judgments;
  std::string sentence() const;
};

/// Takes the fastest variant that qualifies.
/// @param base  a variant; "": f16 where the group has it, else the first. A group without the base
///              has no judgments
Recommendation recommend(const CellGroup& group, const std::string& base,
                         const RecommendationRule& rule);

}  // namespace nibble::offline
