// nibble eval: perplexity, distance from a reference, accuracy on facts.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/eval_report.h"
#include "offline/cli/option_values.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"
#include "offline/evaluate/fact_scores.h"
#include "offline/evaluate/perplexity.h"
#include "offline/files/input_error.h"
#include "offline/files/input_file.h"
#include "offline/host/failure_text.h"
#include "offline/host/loaded_model.h"
#include "offline/report/blob_summary.h"
#include "runtime/format/sha256.h"

namespace nibble::offline {
namespace {

constexpr uint64_t kMaxTextBytes = 1u << 30;

struct EvalArguments {
  std::vector<std::string> blobs;
  std::string text, facts, against;
  ScoreProtocol protocol;
  SessionOptions session;
  std::optional<double> max_loss_percent;
  bool json = false;
};

/// Loads the blobs; the reference is the last.
std::vector<std::unique_ptr<LoadedModel>> load_models(const EvalArguments& arguments,
                                                      const LoadConfig& config) {
  std::vector<std::unique_ptr<LoadedModel>> models;
  for (const std::string& blob : arguments.blobs) {
    models.push_back(std::make_unique<LoadedModel>(blob, config));
  }
  if (!arguments.against.empty()) {
    models.push_back(std::make_unique<LoadedModel>(arguments.against, config));
  }
  return models;
}

/// One text is tokenized for all blobs, so all must tokenize it alike.
void require_same_vocabulary(const std::vector<std::unique_ptr<LoadedModel>>& models,
                             const std::string& text, const std::vector<Token>& tokens) {
  for (const auto& model : models) {
    const Tokenizer& tokenizer = model->model().tokenizer();
    if (tokenizer.vocabulary() != models[0]->model().tokenizer().vocabulary() ||
        tokenizer.begin_of_text() != models[0]->model().tokenizer().begin_of_text() ||
        encode(tokenizer, text, EncodeMode::WholeText) != tokens) {
      throw InputError(model->name(), "tokenizes the text differently from " + models[0]->name() +
                                          "; evaluate them one by one");
    }
  }
}

/// The smallest of the blobs' default contexts.
uint32_t default_window(const std::vector<std::unique_ptr<LoadedModel>>& models) {
  uint32_t window = format::kMaxContextTokens;
  for (const auto& model : models) {
    window = std::min(window, model->model().shape().default_context_tokens);
  }
  return window;
}

void require_windows(const ScoreProtocol& protocol) {
  if (protocol.window_tokens < 2) {
    throw UsageError("--window: the default context of the blobs is less than 2; give 2 or more");
  }
  if (protocol.resolved_stride() <= protocol.text_tokens()) return;
  throw UsageError("--stride " + std::to_string(protocol.stride_tokens) + ": a window has " +
                   std::to_string(protocol.text_tokens()) +
                   " tokens of the text; give at most that, or 0 for no overlap");
}

/// Fills in what was left to the blobs. Throws UsageError or InputError where they cannot follow
/// it.
ScoreProtocol resolve_protocol(const ScoreProtocol& asked,
                               const std::vector<std::unique_ptr<LoadedModel>>& models) {
  ScoreProtocol protocol = asked;
  if (asked.window_tokens == 0) protocol.window_tokens = default_window(models);
  for (const auto& model : models) {
    require_positions("--window", protocol.window_tokens, model->name(),
                      model->model().shape().context_tokens);
    if (asked.begin_token && model->model().tokenizer().begin_of_text() == format::kNoToken) {
      throw InputError(model->name(), "has no begin-of-text token; leave --bos out");
    }
  }
  require_windows(protocol);
  return protocol;
}

void score_texts(const EvalArguments& arguments, const SessionSetup& setup, Progress& progress,
                 const std::vector<std::unique_ptr<LoadedModel>>& models, EvalReport& report) {
  const ScoreProtocol protocol = resolve_protocol(arguments.protocol, models);
  const std::string text = read_input_file(arguments.text, kMaxTextBytes);
  const Tokenizer& tokenizer = models[0]->model().tokenizer();
  const std::vector<Token> tokens = encode(tokenizer, text, EncodeMode::WholeText);
  require_same_vocabulary(models, text, tokens);
  if (tokens.size() < protocol.text_tokens()) {
    throw InputError(arguments.text, "has " + std::to_string(tokens.size()) +
                                         " tokens, less than a window; give a smaller --window");
  }
  SessionConfig config = setup.config_for(*models[0]);
  config.context_tokens = protocol.window_tokens;
  config.logit_rows = config.batch_tokens;
  std::vector<HostSession> sessions;
  ScoringRun run;
  for (const auto& model : models) {
    run.sessions.push_back(&*sessions.emplace_back(*model, config));
  }
  run.batch_tokens = config.batch_tokens;
  run.begin_token = tokenizer.begin_of_text();
  if (!arguments.against.empty()) run.reference = models.size() - 1;
  run.progress = [&](double done) { progress.show("perplexity", done); };
  report.scores = score_text(run, tokens, protocol);
  report.protocol = protocol;
  report.text = arguments.text;
  report.text_sha256 =
      hex(format::sha256({reinterpret_cast<const uint8_t*>(text.data()), text.size()}).bytes);
}

void score_all_facts(const EvalArguments& arguments, const SessionSetup& setup, Progress& progress,
                     const std::vector<std::unique_ptr<LoadedModel>>& models, EvalReport& report) {
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

bool is_bar_missed(const EvalReport& report, const std::optional<double>& max_loss_percent) {
  if (!max_loss_percent) return false;
  const double limit = std::log1p(*max_loss_percent / 100);
  for (const BlobScore& score : report.scores) {
    if (score.distance && score.distance->ln_perplexity_ratio > limit) return true;
  }
  return false;
}

ExitStatus run_eval(const EvalArguments& arguments) {
  if (arguments.text.empty() && arguments.facts.empty()) {
    throw UsageError("eval: give --text FILE, --facts FILE or both");
  }
  if (arguments.text.empty() && (!arguments.against.empty() || arguments.max_loss_percent)) {
    throw UsageError("eval: --against compares over a text; give --text FILE");
  }
  if (arguments.max_loss_percent && arguments.against.empty()) {
    throw UsageError("eval: --max-loss needs --against REFERENCE");
  }
  Progress progress;
  const SessionSetup setup(arguments.session);
  const std::vector<std::unique_ptr<LoadedModel>> models =
      load_models(arguments, setup.load_config());
  EvalReport report;
  for (const auto& model : models) {
    require_context(arguments.session.context_tokens, *model);
    report.blobs.push_back(model->name());
  }
  report.reference = arguments.against;
  if (!arguments.text.empty()) score_texts(arguments, setup, progress, models, report);
  if (!arguments.facts.empty()) score_all_facts(arguments, setup, progress, models, report);
  arguments.json ? print_json(eval_json(report)) : print(eval_text(report));
  return is_bar_missed(report, arguments.max_loss_percent) ? ExitStatus::BarMissed : ExitStatus::Ok;
}

void add_protocol_options(CLI::App& command, ScoreProtocol& protocol) {
  command
      .add_option("--window", protocol.window_tokens,
                  "Positions in a window; default: the blob's default context")
      ->check(CLI::Range(2u, format::kMaxContextTokens));
  command
      .add_option("--stride", protocol.stride_tokens,
                  "Tokens between the starts of windows; 0: no overlap")
      ->check(CLI::Range(0u, format::kMaxContextTokens))
      ->capture_default_str();
  command.add_option("--windows", protocol.max_windows, "Score at most this many windows; 0: all")
      ->check(CLI::Range(0u, ~0u))
      ->capture_default_str();
  command.add_flag("--bos,!--no-bos", protocol.begin_token,
                   "Start each window with the begin token");
}

}  // namespace

void add_eval_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<EvalArguments>();
  CLI::App& command = *app.add_subcommand("eval", "Score blobs on a text or on facts");
  command.add_option("BLOB", arguments->blobs, "The blobs")->required();
  command.add_option("--text", arguments->text, "Text file to score");
  command.add_option("--facts", arguments->facts, "JSON lines {\"prompt\", \"answer\"} to score");
  command.add_option("--against", arguments->against,
                     "Reference blob for KL divergence and top-1 agreement");
  command
      .add_option("--max-loss", arguments->max_loss_percent,
                  "Exit with 1 when perplexity is more percent above the reference's")
      ->check(CLI::Range(0.0, 1e6));
  add_protocol_options(command, arguments->protocol);
  arguments->session.batch_tokens = 32;
  arguments->session.add_to(command);
  command.add_flag("--json", arguments->json, "Print as JSON");
  command.callback([arguments, &status] { status = run_eval(*arguments); });
}

}  // namespace nibble::offline
