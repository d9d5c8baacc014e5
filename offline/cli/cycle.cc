// nibble cycle: quantize the models of a folder, measure, keep or reject, tell.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/cycle.h"

#include <cmath>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/cycle_report.h"
#include "offline/cli/interruption.h"
#include "offline/cli/option_values.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_output.h"

namespace nibble::offline {
namespace {

struct CycleArguments {
  std::string models, model, output, metrics, events, text, command, version;
  CycleLimits limits;
  SchemeOptions schemes;
  std::string method{kDefaultMethod};
  std::vector<std::filesystem::path> calibration;
  SessionOptions session;
  uint32_t timeout_seconds = 10, attempts = 3;
  bool dry_run = false;
  bool json = false;
};

/// Those that take minutes, not hours.
std::vector<std::string> quick_methods() {
  std::vector<std::string> names;
  for (const CalibrationMethod& method : kCalibrationMethods) {
    if (!method.train_blocks && !method.distill) names.emplace_back(method.name);
  }
  return names;
}

std::string variant_name(const CycleArguments& arguments) {
  std::string name = arguments.schemes.weights;
  if (arguments.schemes.group != SchemeOptions().group) {
    name += "-g" + std::to_string(arguments.schemes.group);
  }
  if (arguments.method != kDefaultMethod) name += "-" + arguments.method;
  return name;
}

PackOptions candidate_options(const CycleArguments& arguments) {
  const Schemes schemes = parse_schemes(arguments.schemes);
  PackOptions options;
  options.weights = schemes.weights;
  options.roles = schemes.roles;
  options.method = arguments.method;
  options.calibration.texts = arguments.calibration;
  options.calibration.threads = arguments.session.thread_count();
  options.budget_bytes.reset();
  return options;
}

CyclePlaces places(const CycleArguments& arguments) {
  const std::filesystem::path output =
      arguments.output.empty() ? arguments.models : arguments.output;
  const auto file = [&](const std::string& given, const char* name) {
    return given.empty() && !output.empty() ? output / name : std::filesystem::path(given);
  };
  return {arguments.models, output, file(arguments.metrics, "quant_cycle.prom"),
          file(arguments.events, "quant_decisions.jsonl")};
}

void require_sense(const CycleArguments& arguments) {
  if (arguments.models.empty() && !arguments.dry_run) {
    throw UsageError("cycle: give --models DIR, the folder of the models, or MODEL_DIR");
  }
  const bool needs_text = calibration_method(arguments.method).needs_text;
  if (needs_text && arguments.calibration.empty()) {
    throw UsageError("--method " + arguments.method + ": give --calibration FILE");
  }
  for (const double limit :
       {arguments.limits.throughput_drop_percent, arguments.limits.quality_loss_percent}) {
    if (!std::isfinite(limit)) throw UsageError("--threshold, --max-loss: give a number");
  }
}

void say(const std::string& line) {
  std::fprintf(stderr, "nibble: %s\n", without_controls(line).c_str());
}

CycleRequest make_request(const CycleArguments& arguments, const SessionSetup& setup,
                          Progress& progress, nlohmann::ordered_json& list) {
  CycleRequest request;
  request.places = places(arguments);
  request.model_name = arguments.model;
  request.round.candidate = candidate_options(arguments);
  request.round.session = setup.config();
  request.round.text = arguments.text;
  request.round.progress = [&](const std::string& stage, double done) {
    progress.show(stage, done);
  };
  request.round.check = [] {
    if (is_interrupted()) throw CycleInterrupted();
  };
  request.limits = arguments.limits;
  request.variant = variant_name(arguments);
  request.delivery.command = arguments.command;
  request.delivery.timeout = std::chrono::seconds(arguments.timeout_seconds);
  request.delivery.attempts = arguments.attempts;
  request.version = arguments.version;
  request.announce = say;
  request.report = [&](const ModelOutcome& outcome) {
    arguments.json ? list.push_back(outcome_json(outcome))
                   : print_now(without_controls(outcome_text(outcome)));
  };
  return request;
}

ExitStatus status_of(const CycleSummary& summary) {
  if (summary.failed != 0 || summary.waiting_events != 0) return ExitStatus::BadInput;
  return summary.rejected != 0 ? ExitStatus::BarMissed : ExitStatus::Ok;
}

ExitStatus run_cycle_command(const CycleArguments& arguments) {
  require_sense(arguments);
  catch_interrupt();
  catch_termination();
  const SessionSetup setup(arguments.session);
  Progress progress;
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  const CycleRequest request = make_request(arguments, setup, progress, list);
  try {
    const CycleSummary summary = arguments.dry_run ? run_dry_cycle(request) : run_cycle(request);
    if (arguments.json) print_json(list);
    if (is_interrupted()) return ExitStatus::Interrupted;
    return status_of(summary);
  } catch (const CycleInterrupted&) {
    if (arguments.json) print_json(list);
    return ExitStatus::Interrupted;
  }
}

void add_place_options(CLI::App& command, CycleArguments& arguments) {
  command.add_option("--models", arguments.models, "Folder of models; default: $MODEL_DIR")
      ->envname("MODEL_DIR");
  command.add_option("--model", arguments.model, "Only the model of this name");
  command.add_option("-o,--output", arguments.output,
                     "Folder for candidates that are kept; default: that of the models");
  command.add_option("--metrics", arguments.metrics,
                     "Prometheus text file; default: OUTPUT/quant_cycle.prom");
  command.add_option("--events", arguments.events,
                     "File of decisions, JSON lines; default: OUTPUT/quant_decisions.jsonl");
}

void add_candidate_options(CLI::App& command, CycleArguments& arguments) {
  command.add_option("--weights", arguments.schemes.weights, "How the candidate's are stored")
      ->check(CLI::IsMember({"int4", "int8", "mixed"}))
      ->capture_default_str();
  command.add_option("--group", arguments.schemes.group, "Weights that share one scale")
      ->check(CLI::IsMember({32, 64, 128}))
      ->capture_default_str();
  command.add_option("--method", arguments.method, "How weights become codes, as pack has it")
      ->check(CLI::IsMember(quick_methods()))
      ->capture_default_str();
  command
      .add_option("--calibration", arguments.calibration,
                  "Text file that methods measure inputs on; repeatable")
      ->allow_extra_args(false);
  arguments.session.add_threads_to(command);
}

void add_decision_options(CLI::App& command, CycleArguments& arguments) {
  command
      .add_option("--threshold", arguments.limits.throughput_drop_percent,
                  "Reject a candidate that decodes so many percent slower than its original, or "
                  "more; $QUANT_CYCLE_THRESHOLD")
      ->envname("QUANT_CYCLE_THRESHOLD")
      ->transform(percent())
      ->check(CLI::Range(-1e6, 100.0))
      ->capture_default_str();
  command.add_option("--text", arguments.text, "Text that the loss of quality is measured on");
  command
      .add_option("--max-loss", arguments.limits.quality_loss_percent,
                  "Reject a candidate whose perplexity on the text is so many percent higher, or "
                  "more")
      ->transform(percent())
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
}

void add_delivery_options(CLI::App& command, CycleArguments& arguments) {
  command.add_option("--on-decision", arguments.command,
                     "Shell command that gets each decision as JSON on its standard input");
  command
      .add_option("--on-decision-timeout", arguments.timeout_seconds,
                  "Seconds after which the command is killed")
      ->check(whole_number(1, 86400))
      ->capture_default_str();
  command
      .add_option("--on-decision-attempts", arguments.attempts,
                  "How often the command is tried, before the event waits for the next run")
      ->check(whole_number(1, 100))
      ->capture_default_str();
}

}  // namespace

void add_cycle_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<CycleArguments>();
  arguments->version = app.version();
  arguments->schemes.weights = "int4";
  arguments->session.threads = 1;  // rates of one thread vary least
  CLI::App& command =
      *app.add_subcommand("cycle", "Quantize the models of a folder, and keep what is good enough");
  add_place_options(command, *arguments);
  add_candidate_options(command, *arguments);
  add_decision_options(command, *arguments);
  add_delivery_options(command, *arguments);
  command
      .add_flag("--dry-run", arguments->dry_run,
                "Take a tiny generated model through all of it, and measure nothing; $DRY_RUN")
      ->envname("DRY_RUN");
  command.add_flag("--json", arguments->json, "Print the decisions as JSON");
  command.callback([arguments, &status] { status = run_cycle_command(*arguments); });
}

}  // namespace nibble::offline
