// Formats, rates, the decision and its reason.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/cycle_report.h"

#include <nlohmann/json.hpp>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

std::string rates(const char* stage, const double (&rates)[2], const RoundResult& round) {
  return std::string("  ") + stage + ": " + round.source_format + " " + decimal(rates[1], 1) +
         ", " + round.target_format + " " + decimal(rates[0], 1) + " tokens/s\n";
}

std::string times_text(const RoundResult& round) {
  std::string text;
  for (const OperationTime& time : round.times) {
    text += (text.empty() ? "" : ", ") + std::string(time.operation) + " " +
            decimal(time.seconds, 2) + " s";
  }
  return "  took: " + text + "\n";
}

}  // namespace

std::string outcome_text(const ModelOutcome& outcome) {
  if (!outcome.event) return outcome.model_name + ": no decision: " + outcome.error + "\n";
  const DecisionEvent& event = *outcome.event;
  std::string text = outcome.model_name + ": " + decision_name(event.verdict.decision);
  if (event.is_dry_run) {
    return text +
           " (dry run: a tiny generated model took part; nothing here was measured of "
           "yours)\n";
  }
  if (!event.blob_name.empty()) text += " as " + event.blob_name;
  return text + "\n  " + event.verdict.reason + "\n" +
         rates("decode", outcome.round.speeds.decode, outcome.round) +
         rates("prefill", outcome.round.speeds.prefill, outcome.round) + times_text(outcome.round);
}

nlohmann::ordered_json outcome_json(const ModelOutcome& outcome) {
  if (outcome.event) return nlohmann::ordered_json::parse(outcome.event->line());
  return {{"model_name", outcome.model_name}, {"error", outcome.error}};
}

}  // namespace nibble::offline
