// nibble eval: perplexity, distance from a reference, accuracy on facts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/eval_report.h"
#include "offline/cli/option_values.h"
#include "offline/cli/progress.h"
#include "offline/cli/protocol_options.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/fact_scores.h"
#include "offline/evaluate/perplexity.h"
#include "offline/evaluate/scored_text.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"
#include "offline/report/blob_summary.h"

namespace nibble::offline {
namespace {

struct EvalArguments {
  std::vector<std::string> blobs;
  std::string text, facts, against;
  ScoreProtocol protocol;
  SessionOptions session;
  std::optional<double> max_loss_percent;
  bool layers = false;
  bool json = false;
};

using Models = std::vector<std::unique_ptr<LoadedModel>>;

/// Loads the blobs; the reference is the last.
Models load_models(const EvalArguments& arguments, const LoadConfig& config) {
  Models models;
  for (const std::string& blob : arguments.blobs) {
    models.push_back(std::make_unique<LoadedModel>(blob, config));
  }
  if (!arguments.against.empty()) {
    models.push_back(std::make_unique<LoadedModel>(arguments.against, config));
  }
  return models;
}

void score_layers(const Models& models, const SessionConfig& config, std::span<const Token> text,
                  Progress& progress, EvalReport& report) {
  const LoadedModel& reference = *models.back();
  for (size_t i = 0; i + 1 < models.size(); ++i) {
    report.layers.push_back(
        layer_errors(reference, *models[i], config, text, report.protocol,
                     [&](double done) { progress.show("layers, " + models[i]->name(), done); }));
  }
}

void score_texts(const EvalArguments& arguments, const SessionSetup& setup, Progress& progress,
                 const Models& models, EvalReport& report) {
  report.protocol = resolve_protocol(arguments.protocol, models);
  if (arguments.layers && report.protocol.window_tokens > kMaxBatchTokens) {
    throw UsageError("--layers reads a window in one pass; give a --window of at most " +
                     std::to_string(kMaxBatchTokens));
  }
  ScoringRun run;
  for (const auto& model : models) run.models.push_back(&*model);
  const ScoredText text = read_scored_text(arguments.text, run.models, report.protocol);
  report.text = arguments.text;
  report.text_sha256 = text.sha256;
  if (!arguments.against.empty()) run.reference = models.size() - 1;
  run.protocol = report.protocol;
  run.session = setup.config_for(*models[0]);
  run.progress = [&](double done) { progress.show("perplexity", done); };
  report.scores = score_text(run, text.tokens);
  if (arguments.layers) score_layers(models, run.session, text.tokens, progress, report);
}

void score_all_facts(const EvalArguments& arguments, const SessionSetup& setup, Progress& progress,
                     const Models& models, EvalReport& report) {
  report.facts_file = arguments.facts;
  report.facts = read_facts(arguments.facts);
  GeneratorConfig config;
  config.prompt_bytes = longest_prompt_bytes(report.facts);
  for (const auto& model : models) {
    config.session = setup.config_for(*model);
    const HostGenerator generator(*model, config);
    report.fact_scores.push_back(score_facts(*generator, report.facts, [&](double done) {
      progress.show("facts, " + model->name(), done);
    }));
  }
}

bool is_bar_missed(const EvalReport& report) {
  if (!report.max_loss_percent) return false;
  return std::ranges::any_of(report.scores, [&](const BlobScore& score) {
    return score.distance &&
           judge_loss(*score.distance, *report.max_loss_percent) != LossVerdict::Passed;
  });
}

void require_something_to_do(const EvalArguments& arguments) {
  if (arguments.text.empty() && arguments.facts.empty()) {
    throw UsageError("eval: give --text FILE, --facts FILE or both");
  }
  if (arguments.text.empty() && !arguments.against.empty()) {
    throw UsageError("eval: --against compares over a text; give --text FILE");
  }
  if (arguments.against.empty() && (arguments.max_loss_percent || arguments.layers)) {
    throw UsageError("eval: --max-loss and --layers need --against REFERENCE");
  }
}

ExitStatus run_eval(const EvalArguments& arguments) {
  require_something_to_do(arguments);
  Progress progress;
  const SessionSetup setup(arguments.session);
  const Models models = load_models(arguments, setup.load_config());
  EvalReport report;
  for (const auto& model : models) {
    require_context(arguments.session.context_tokens, *model);
    report.blobs.push_back(model->name());
  }
  report.reference = arguments.against;
  report.max_loss_percent = arguments.max_loss_percent;
  if (!arguments.text.empty()) score_texts(arguments, setup, progress, models, report);
  if (!arguments.facts.empty()) score_all_facts(arguments, setup, progress, models, report);
  arguments.json ? print_json(eval_json(report)) : print(eval_text(report));
  return is_bar_missed(report) ? ExitStatus::BarMissed : ExitStatus::Ok;
}

}  // namespace

void add_eval_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App& command = *app.add_subcommand("eval", "Score blobs on a text or on facts");
  command.add_option("BLOB", arguments->blobs, "The blobs")->required();
  command.add_option("--text", arguments->text, "Text file to score");
  command.add_option("--facts", arguments->facts, "JSON lines {\"prompt\", \"answer\"} to score");
  command.add_option("--against", arguments->against,
                     "Reference blob for KL divergence and agreement");
  command
      .add_option("--max-loss", arguments->max_loss_percent,
                  "Exit with 1 unless perplexity is surely at most so many percent above the "
                  "reference's")
      ->transform(percent())
      ->check(CLI::Range(0.0, 1e6));
  command.add_flag("--layers", arguments->layers, "Compare what each layer computes");
  add_protocol_options(command, arguments->protocol);
  arguments->session.batch_tokens = 32;
  arguments->session.add_to(command);
  command.add_flag("--json", arguments->json, "Print as JSON");
  command.callback([arguments, &status] { status = run_eval(*arguments); });
}

}  // namespace nibble::offline
