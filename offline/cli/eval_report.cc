// Prints evaluations.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/eval_report.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "offline/evaluate/score_json.h"
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

std::string kl_text(const EvalReport& report) {
  TextTable table({{"blob"},
                   {"mean KL", Align::Right},
                   {"median", Align::Right},
                   {"95 %", Align::Right},
                   {"99 %", Align::Right},
                   {"99.9 %", Align::Right},
                   {"largest", Align::Right}});
  for (size_t i = 0; i < report.scores.size(); ++i) {
    if (!report.scores[i].distance) continue;
    const KlSpread& kl = report.scores[i].distance->kl;
    table.add_row({report.blobs[i], with_error(kl.mean, kl.standard_error, 6),
                   decimal(kl.median, 6), decimal(kl.percentile_95, 6),
                   decimal(kl.percentile_99, 6), decimal(kl.percentile_99_9, 6),
                   decimal(kl.largest, 6)});
  }
  return table.text();
}

std::string verdict_text(const Distance& distance, double max_loss_percent) {
  return std::string(verdict_name(judge_loss(distance, max_loss_percent))) + ": at most " +
         decimal(100 * std::expm1(distance.upper_ln_ratio()), 3) + " %, bar " +
         decimal(max_loss_percent, 3) + " %";
}

std::string agreement_text(const EvalReport& report) {
  TextTable table({{"blob"},
                   {"same top-1", Align::Right},
                   {"shared top-5", Align::Right},
                   {"ln(ppl ratio)", Align::Right},
                   {report.max_loss_percent ? "loss" : ""}});
  for (size_t i = 0; i < report.scores.size(); ++i) {
    if (!report.scores[i].distance) continue;
    const Distance& distance = *report.scores[i].distance;
    table.add_row(
        {report.blobs[i], decimal(distance.top1_agreement * 100, 3) + " %",
         decimal(distance.top5_agreement * 100, 3) + " %",
         with_error(distance.ln_perplexity_ratio, distance.standard_error_ln_ratio, 6),
         report.max_loss_percent ? verdict_text(distance, *report.max_loss_percent) : ""});
  }
  return table.text();
}

std::string distances_text(const EvalReport& report) {
  return "\nagainst   " + report.reference + "\n\n" + kl_text(report) + "\n" +
         agreement_text(report);
}

std::string layers_text(const EvalReport& report) {
  std::vector<TextTable::Column> columns{{"layer", Align::Right}};
  for (size_t i = 0; i < report.layers.size(); ++i) {
    columns.push_back({report.blobs[i] + ": cosine", Align::Right});
    columns.push_back({"relative error", Align::Right});
  }
  TextTable table(columns);
  for (size_t layer = 0; layer < report.layers[0].size(); ++layer) {
    std::vector<std::string> row{std::to_string(report.layers[0][layer].layer)};
    for (const std::vector<LayerError>& errors : report.layers) {
      row.push_back(decimal(errors[layer].mean_cosine, 6));
      row.push_back(decimal(errors[layer].relative_error, 6));
    }
    table.add_row(row);
  }
  return "\n" + table.text();
}

std::string facts_text(const EvalReport& report) {
  TextTable table({{"blob"},
                   {"right", Align::Right},
                   {"facts", Align::Right},
                   {"accuracy", Align::Right},
                   {"nll of an answer", Align::Right},
                   {"above the reference", Align::Right}});
  for (size_t i = 0; i < report.fact_scores.size(); ++i) {
    const FactSummary summary = summarize(report.fact_scores[i]);
    std::string above = "-";
    if (!report.reference.empty()) {
      const NllDifference more = nll_difference(report.fact_scores.back(), report.fact_scores[i]);
      above = with_error(more.mean, more.standard_error, 4);
    }
    table.add_row({report.blobs[i], std::to_string(summary.right), std::to_string(summary.facts),
                   decimal(summary.accuracy() * 100, 2) + " %",
                   with_error(summary.mean_nll, summary.standard_error_nll, 4), above});
  }
  return "facts     " + report.facts_file + "\n\n" + table.text();
}

Json fact_score_json(const EvalReport& report, const std::vector<AnswerScore>& answers) {
  Json wrong = Json::array();
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i].is_right) wrong.push_back(report.facts[i].prompt);
  }
  const FactSummary summary = summarize(answers);
  Json json{{"right", summary.right},
            {"facts", summary.facts},
            {"accuracy", summary.accuracy()},
            {"answer_nll", summary.mean_nll},
            {"standard_error_answer_nll", summary.standard_error_nll}};
  if (!report.reference.empty()) {
    const NllDifference more = nll_difference(report.fact_scores.back(), answers);
    json["answer_nll_above_reference"] = more.mean;
    json["standard_error_answer_nll_above_reference"] = more.standard_error;
  }
  json["wrong"] = wrong;
  return json;
}

Json layers_json(const std::vector<LayerError>& errors) {
  Json json = Json::array();
  for (const LayerError& error : errors) {
    json.push_back({{"layer", error.layer},
                    {"mean_cosine", error.mean_cosine},
                    {"relative_error", error.relative_error}});
  }
  return json;
}

Json scores_json_of_blob(const EvalReport& report, size_t i) {
  Json blob{{"blob", report.blobs[i]}};
  if (!report.scores.empty()) {
    const BlobScore& score = report.scores[i];
    blob.update(likelihood_json(score.likelihood));
    if (score.distance) blob["distance"] = distance_json(*score.distance);
    if (score.distance && report.max_loss_percent) {
      blob["max_loss_percent"] = *report.max_loss_percent;
      blob["loss"] = verdict_name(judge_loss(*score.distance, *report.max_loss_percent));
    }
  }
  if (i < report.layers.size()) blob["layers"] = layers_json(report.layers[i]);
  if (!report.fact_scores.empty()) blob["facts"] = fact_score_json(report, report.fact_scores[i]);
  return blob;
}

}  // namespace

std::string eval_text(const EvalReport& report) {
  std::string text;
  if (!report.scores.empty()) text += scores_text(report);
  if (!report.scores.empty() && !report.reference.empty()) text += distances_text(report);
  if (!report.layers.empty()) text += layers_text(report);
  if (!report.fact_scores.empty()) text += (text.empty() ? "" : "\n") + facts_text(report);
  return text;
}

Json eval_json(const EvalReport& report) {
  Json json;
  if (!report.scores.empty()) {
    json["text"] = {{"file", report.text}, {"sha256", report.text_sha256}};
    json["protocol"] = protocol_json(report.protocol);
  }
  if (!report.reference.empty()) json["reference"] = report.reference;
  if (!report.facts_file.empty()) json["facts_file"] = report.facts_file;
  json["blobs"] = Json::array();
  for (size_t i = 0; i < report.blobs.size(); ++i)
    json["blobs"].push_back(scores_json_of_blob(report, i));
  return json;
}

}  // namespace nibble::offline
