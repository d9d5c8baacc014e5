// nibble cycle: quantize the models of a folder, measure, keep or reject, tell.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cycle/cycle.h"

#include <memory>
#include <nlohmann/json.hpp>

#include "offline/cli/command.h"
#include "offline/cli/cycle_arguments.h"
#include "offline/cli/cycle_report.h"
#include "offline/cli/interruption.h"
#include "offline/cli/progress.h"
#include "offline/cli/session_options.h"
#include "offline/cli/standard_error.h"
#include "offline/cli/standard_output.h"

namespace nibble::offline {
namespace {

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
  request.delivery.command = arguments.on_decision;
  request.delivery.timeout = std::chrono::seconds(arguments.timeout_seconds);
  request.delivery.attempts = arguments.attempts;
  request.version = arguments.version;
  request.announce = tell;
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
  arguments.check();
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

}  // namespace

void add_cycle_command(CLI::App& app, ExitStatus& status) {
  auto arguments = std::make_shared<CycleArguments>();
  arguments->version = app.version();
  CLI::App& command =
      *app.add_subcommand("cycle", "Quantize the models of a folder, and keep what is good enough");
  arguments->add_to(command);
  command.callback([arguments, &status] { status = run_cycle_command(*arguments); });
}

}  // namespace nibble::offline
