// Judges each variant by the cells that it has in common with the base.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/measure/recommendation.h"

#include <algorithm>
#include <cmath>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

struct CellPair {
  const ResultCell* base;
  const ResultCell* other;
};

std::vector<CellPair> shared_cells(const CellGroup& group, const std::string& base,
                                   const std::string& other) {
  std::vector<CellPair> pairs;
  for (const ResultCell& a : group.cells) {
    if (a.variant != base) continue;
    for (const ResultCell& b : group.cells) {
      const bool is_same = a.batch_size == b.batch_size && a.threads == b.threads;
      if (b.variant == other && is_same) pairs.push_back({&a, &b});
    }
  }
  return pairs;
}

/// exp of the mean of ln(first / second).
template <class Figure>
double mean_ratio(const std::vector<CellPair>& pairs, const Figure& figure) {
  double sum = 0;
  for (const CellPair& pair : pairs) sum += std::log(figure(*pair.base) / figure(*pair.other));
  return std::exp(sum / static_cast<double>(pairs.size()));
}

std::string percent(double share) {
  return decimal(100 * share, 1) + " %";
}

/// Why quality forbids the variant; "" where it does not.
std::string quality_objection(const CellPair& pair, const RecommendationRule& rule,
                              const std::optional<double>& loss_percent) {
  const auto& base = pair.base->obedience;
  const auto& other = pair.other->obedience;
  const bool is_obedience_known = base && other;
  if (!loss_percent && !is_obedience_known)
    return "its quality was not measured beside the base's; give --text or --obedience";
  if (loss_percent && *loss_percent > rule.max_loss_percent)
    return "it loses " + decimal(*loss_percent, 2) + " % of perplexity";
  if (is_obedience_known && other->pass_rate() < base->low)
    return "its obedience of " + percent(other->pass_rate()) + " is below the base's interval";
  return "";
}

std::string gain_sentence(const VariantJudgment& judgment) {
  const std::string loss =
      judgment.loss_percent ? ", losing " + decimal(*judgment.loss_percent, 2) + " % of perplexity"
                            : "";
  return "its p95 latency is " + decimal(judgment.speedup, 2) + " times as good, its memory " +
         percent(std::abs(judgment.saving)) + (judgment.saving < 0 ? " larger" : " smaller") + loss;
}

bool has_gain(const VariantJudgment& judgment, const RecommendationRule& rule) {
  const bool is_faster = judgment.speedup >= rule.least_speedup;
  const bool is_smaller =
      judgment.saving >= rule.least_saving && judgment.speedup >= rule.least_speed_kept;
  return is_faster || is_smaller;
}

VariantJudgment judge(const std::string& variant, const std::vector<CellPair>& pairs,
                      const RecommendationRule& rule) {
  VariantJudgment judgment;
  judgment.variant = variant;
  if (pairs.empty()) {
    judgment.reason = "it has no cell in common with the base";
    return judgment;
  }
  judgment.speedup = mean_ratio(pairs, [](const ResultCell& cell) { return cell.latency_ms.p95; });
  judgment.saving = 1 - 1 / mean_ratio(pairs, [](const ResultCell& cell) {
                          return static_cast<double>(cell.bill.total_bytes);
                        });
  const auto &base = pairs[0].base->quality, &other = pairs[0].other->quality;
  if (base && other) judgment.loss_percent = 100 * (other->perplexity / base->perplexity - 1);
  judgment.reason = quality_objection(pairs[0], rule, judgment.loss_percent);
  if (!judgment.reason.empty()) return judgment;
  judgment.qualifies = has_gain(judgment, rule);
  judgment.reason = (judgment.qualifies ? "" : "it gains too little: ") + gain_sentence(judgment);
  return judgment;
}

std::string default_base(const std::vector<std::string>& variants) {
  const bool has_f16 = std::ranges::find(variants, "f16") != variants.end();
  return has_f16 ? "f16" : variants.front();
}

}  // namespace

std::string RecommendationRule::text() const {
  return "A variant is taken instead of the base where its perplexity is at most " +
         decimal(max_loss_percent, 2) +
         " % above the base's and its obedience is not below the base's 95 % interval (as far as "
         "they were measured, and at least one of them was), and where its p95 latency is at "
         "least " +
         decimal(least_speedup, 2) + " times as good, or at least " + decimal(least_speed_kept, 2) +
         " times as good with a bill at least " + percent(least_saving) +
         " smaller. Ratios are geometric means over the batch sizes and threads that both have. Of "
         "several, the fastest is taken; of none, the base is kept.";
}

std::string Recommendation::sentence() const {
  if (judgments.empty()) return "There is nothing to compare " + base + " with.";
  if (!taken) return "Keep " + base + ".";
  const auto found = std::ranges::find(judgments, *taken, &VariantJudgment::variant);
  return "Take " + *taken + " instead of " + base + ": " + found->reason + ".";
}

Recommendation recommend(const CellGroup& group, const std::string& base,
                         const RecommendationRule& rule) {
  const std::vector<std::string> variants = variants_of(group);
  Recommendation recommendation;
  recommendation.base = base.empty() ? default_base(variants) : base;
  if (std::ranges::find(variants, recommendation.base) == variants.end()) return recommendation;
  double fastest = 0;
  for (const std::string& variant : variants) {
    if (variant == recommendation.base) continue;
    const auto pairs = shared_cells(group, recommendation.base, variant);
    const VariantJudgment& judgment =
        recommendation.judgments.emplace_back(judge(variant, pairs, rule));
    if (!judgment.qualifies || judgment.speedup <= fastest) continue;
    fastest = judgment.speedup;
    recommendation.taken = variant;
  }
  return recommendation;
}

}  // namespace nibble::offline
