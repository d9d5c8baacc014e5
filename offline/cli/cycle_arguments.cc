// Options, their defaults from the environment, and what they need of each other.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/cycle_arguments.h"

#include <cmath>

#include "offline/cli/command.h"

namespace nibble::offline {
namespace {

/// Those that take minutes, not hours.
std::vector<std::string> quick_methods() {
  std::vector<std::string> names;
  for (const CalibrationMethod& method : kCalibrationMethods) {
    if (!method.train_blocks && !method.distill) names.emplace_back(method.name);
  }
  return names;
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
  command.add_option("--on-decision", arguments.on_decision,
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

CycleArguments::CycleArguments() {
  schemes.weights = "int4";
  session.threads = 1;  // rates of one thread vary least
}

void CycleArguments::add_to(CLI::App& command) {
  add_place_options(command, *this);
  add_candidate_options(command, *this);
  add_decision_options(command, *this);
  add_delivery_options(command, *this);
  command
      .add_flag("--dry-run", dry_run,
                "Take a tiny generated model through all of it, and measure nothing; $DRY_RUN")
      ->envname("DRY_RUN");
  command.add_flag("--json", json, "Print the decisions as JSON");
}

void CycleArguments::check() const {
  if (models.empty() && !dry_run) {
    throw UsageError("cycle: give --models DIR, the folder of the models, or MODEL_DIR");
  }
  const bool needs_text = calibration_method(method).needs_text;
  if (needs_text && calibration.empty()) {
    throw UsageError("--method " + method + ": give --calibration FILE");
  }
  for (const double limit : {limits.throughput_drop_percent, limits.quality_loss_percent}) {
    if (!std::isfinite(limit)) throw UsageError("--threshold, --max-loss: give a number");
  }
}

}  // namespace nibble::offline
