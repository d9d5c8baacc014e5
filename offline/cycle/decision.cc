// Compares two losses with their limits.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/decision.h"

#include <cmath>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

/// A number that is not finite is below nothing.
bool is_below(double value, double limit) {
  return std::isfinite(value) && value < limit;
}

std::string comparison(const char* what, double value, double limit) {
  return std::string(what) + " " + decimal(value, 2) + " % is " +
         (is_below(value, limit) ? "" : "not ") + "below " + decimal(limit, 2) + " %";
}

}  // namespace

double CycleFigures::throughput_drop_percent() const {
  return 100 * (original_throughput - quantized_throughput) / original_throughput;
}

const char* decision_name(Decision decision) {
  return decision == Decision::Keep ? "keep" : "reject";
}

Verdict decide(const CycleFigures& figures, const CycleLimits& limits) {
  const double drop = figures.throughput_drop_percent();
  const bool is_fast = is_below(drop, limits.throughput_drop_percent);
  Verdict verdict;
  verdict.reason = comparison("throughput drop", drop, limits.throughput_drop_percent);
  bool is_good = true;
  if (figures.quality_loss_percent) {
    const double loss = *figures.quality_loss_percent;
    is_good = is_below(loss, limits.quality_loss_percent);
    verdict.reason += "; " + comparison("quality loss", loss, limits.quality_loss_percent);
  }
  verdict.decision = is_fast && is_good ? Decision::Keep : Decision::Reject;
  return verdict;
}

}  // namespace nibble::offline
