// Prints evaluations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/eval_report.h"

#include <nlohmann/json.hpp>

#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

using Json = nlohmann::ordered_json;

std::string with_error(double value, double error, int places) {
  return decimal(value, places) + " ± " + decimal(error, places);
}

std::string scores_text(const EvalReport& report) {
  TextTable table(
      {{"blob"}, {"tokens", Align::Right}, {"nll", Align::Right}, {"perplexity", Align::Right}});
  for (size_t i = 0; i < report.scores.size(); ++i) {
    const Likelihood& likelihood = report.scores[i].likelihood;
    table.add_row({report.blobs[i], grouped(likelihood.tokens),
                   with_error(likelihood.mean_nll, likelihood.standard_error_nll, 5),
                   with_error(likelihood.perplexity(), likelihood.standard_error_perplexity(), 4)});
  }
  return "text      " + report.text + "\nsha256    " + report.text_sha256 + "\nprotocol  " +
         report.protocol.text() + "\n\n" + table.text();
}

std::string distances_text(const EvalReport& report) {
  TextTable table({{"blob"},
                   {"mean KL", Align::Right},
                   {"99 % KL", Align::Right},
                   {"same top-1", Align::Right},
                   {"ln(ppl ratio)", Align::Right}});
  for (size_t i = 0; i < report.scores.size(); ++i) {
    if (!report.scores[i].distance) continue;
    const Distance& distance = *report.scores[i].distance;
    table.add_row({report.blobs[i], decimal(distance.mean_kl, 6),
                   decimal(distance.percentile_99_kl, 6),
                   decimal(distance.top1_agreement * 100, 3) + " %",
                   with_error(distance.ln_perplexity_ratio, distance.standard_error_ln_ratio, 6)});
  }
  return "\nagainst   " + report.reference + "\n\n" + table.text();
}

std::string facts_text(const EvalReport& report) {
  TextTable table(
      {{"blob"}, {"right", Align::Right}, {"facts", Align::Right}, {"accuracy", Align::Right}});
  for (size_t i = 0; i < report.fact_scores.size(); ++i) {
    const FactScore& score = report.fact_scores[i];
    const double share = static_cast<double>(score.right) / static_cast<double>(score.facts);
    table.add_row({report.blobs[i], std::to_string(score.right), std::to_string(score.facts),
                   decimal(share * 100, 2) + " %"});
  }
  return "facts     " + report.facts_file + "\n\n" + table.text();
}

Json likelihood_json(const Likelihood& likelihood) {
  return {{"tokens", likelihood.tokens},
          {"nll", likelihood.mean_nll},
          {"standard_error_nll", likelihood.standard_error_nll},
          {"perplexity", likelihood.perplexity()},
          {"standard_error_perplexity", likelihood.standard_error_perplexity()}};
}

Json distance_json(const Distance& distance) {
  return {{"mean_kl", distance.mean_kl},
          {"percentile_99_kl", distance.percentile_99_kl},
          {"top1_agreement", distance.top1_agreement},
          {"ln_perplexity_ratio", distance.ln_perplexity_ratio},
          {"standard_error_ln_perplexity_ratio", distance.standard_error_ln_ratio}};
}

Json fact_score_json(const EvalReport& report, const FactScore& score) {
  Json wrong = Json::array();
  for (const size_t index : score.wrong) wrong.push_back(report.facts[index].prompt);
  return {{"right", score.right},
          {"facts", score.facts},
          {"accuracy", static_cast<double>(score.right) / static_cast<double>(score.facts)},
          {"wrong", wrong}};
}

}  // namespace

std::string eval_text(const EvalReport& report) {
  std::string text;
  if (!report.scores.empty()) text += scores_text(report);
  if (!report.scores.empty() && !report.reference.empty()) text += distances_text(report);
  if (!report.fact_scores.empty()) text += (text.empty() ? "" : "\n") + facts_text(report);
  return text;
}

Json eval_json(const EvalReport& report) {
  Json json;
  if (!report.scores.empty()) {
    const ScoreProtocol& protocol = report.protocol;
    json["text"] = {{"file", report.text}, {"sha256", report.text_sha256}};
    json["protocol"] = {{"description", protocol.text()},
                        {"window_tokens", protocol.window_tokens},
                        {"stride_tokens", protocol.resolved_stride()},
                        {"begin_token", protocol.begin_token},
                        {"max_windows", protocol.max_windows}};
  }
  if (!report.reference.empty()) json["reference"] = report.reference;
  if (!report.facts_file.empty()) json["facts_file"] = report.facts_file;
  json["blobs"] = Json::array();
  for (size_t i = 0; i < report.blobs.size(); ++i) {
    Json blob{{"blob", report.blobs[i]}};
    if (!report.scores.empty()) {
      blob.update(likelihood_json(report.scores[i].likelihood));
      if (report.scores[i].distance) blob["distance"] = distance_json(*report.scores[i].distance);
    }
    if (!report.fact_scores.empty()) {
      blob["facts"] = fact_score_json(report, report.fact_scores[i]);
    }
    json["blobs"].push_back(blob);
  }
  return json;
}

}  // namespace nibble::offline
