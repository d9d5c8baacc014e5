// Adds the options, and finds texts that are missing or useless.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/method_options.h"

#include <nibble/session.h>

#include "offline/cli/command.h"
#include "offline/cli/interruption.h"
#include "offline/cli/option_values.h"
#include "offline/cli/tune_options.h"
#include "offline/report/text_table.h"

namespace nibble::offline {
namespace {

std::vector<std::string> method_names() {
  std::vector<std::string> names = calibration_method_names();
  names.emplace_back(kAutoMethod);
  return names;
}

}  // namespace

void MethodOptions::add_to(CLI::App& command) {
  command
      .add_option("--method", name,
                  "How weights become codes; all but rtn need --calibration; auto: the first "
                  "that loses at most --max-loss")
      ->check(CLI::IsMember(method_names()))
      ->capture_default_str();
  command
      .add_option("--calibration", calibration.texts,
                  "Text file that methods measure inputs on; repeatable")
      ->allow_extra_args(false);
  command
      .add_option("--samples", calibration.samples, "Windows of the texts that are used, at most")
      ->check(whole_number(1, 1u << 20))
      ->capture_default_str();
  command
      .add_option("--sample-tokens", calibration.sample_tokens,
                  "Tokens in a window, at most the model's context")
      ->check(whole_number(2, kMaxBatchTokens))
      ->capture_default_str();
  command.add_option("--seed", calibration.seed, "Seed of the draw of windows")
      ->check(whole_number(0))
      ->capture_default_str();
  command
      .add_option("--correction", calibration.correction,
                  "How far gptq makes good what was lost before each matrix, 0 to 1")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
  command
      .add_option("--minutes", minutes,
                  "How long distill trains, 30 if not given; Ctrl-C ends it sooner; lets auto end "
                  "with it")
      ->check(CLI::Range(0.0, 100000.0));
  command
      .add_option("--steps", distillation.steps,
                  "Steps that distill takes at most; 0: as many as the time allows")
      ->check(whole_number(0))
      ->capture_default_str();
}

void MethodOptions::require_texts(bool is_tuned) const {
  const bool has_text = !calibration.texts.empty();
  const bool needs_text = name == kAutoMethod || is_tuned || calibration_method(name).needs_text;
  if (needs_text == has_text) return;
  throw UsageError(has_text
                       ? "--calibration: --method " + name +
                             " looks at no text; leave it out or choose another method"
                       : "--method " + name +
                             ": give --calibration FILE, a text like what the model will read");
}

DistillationOptions MethodOptions::training(Progress& progress) const {
  DistillationOptions options = distillation;
  options.minutes = minutes.value_or(options.minutes);
  options.progress = [&progress](const DistillationProgress& now) {
    if (now.steps == 0) catch_interrupt();  // until then, an interrupt ends the process
    progress.show("distill", now.done,
                  ", divergence " + decimal(now.divergence, 5) + ", best " +
                      decimal(now.least_divergence, 5));
  };
  options.should_stop = is_interrupted;
  return options;
}

}  // namespace nibble::offline
