// Adds the options and finds contradictions between them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/cli/tune_options.h"

#include "offline/calibrate/calibration.h"
#include "offline/cli/command.h"
#include "offline/cli/option_values.h"

namespace nibble::offline {

void TuneOptions::add_to(CLI::App& command) {
  command.add_option("--validation", validation,
                     "Text that judges the loss; no part of what calibrates");
  command
      .add_option("--max-loss", max_loss_percent,
                  "Percent that perplexity may be above the f16 model's, with confidence")
      ->transform(percent())
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command
      .add_option("--target-loss", target_loss_percent,
                  "Choose each matrix's scheme: the fewest bytes within this loss in percent")
      ->transform(percent())
      ->check(CLI::Range(0.0, 1e6));
  command.add_option("--target-size", target_size,
                     "Choose each matrix's scheme: the least loss in a blob of so many bytes "
                     "before compression, as in 3MB");
  command
      .add_option("--target-bits", target_bits,
                  "Choose each matrix's scheme: the least loss within so many bits per weight")
      ->check(CLI::Range(0.0, 32.0));
  command.add_option("--artifacts", artifacts,
                     "Folder to write: model.nbl, a GPTQ checkpoint, reports");
  command.add_option("--report", report, "Page of Markdown to write, and its plot as .svg");
}

bool TuneOptions::is_used(const std::string& method) const {
  return method == kAutoMethod || has_target() || !validation.empty() || !artifacts.empty() ||
         !report.empty();
}

void TuneOptions::check(const std::string& method) const {
  const int targets =
      (target_loss_percent ? 1 : 0) + (target_bits ? 1 : 0) + (target_size.empty() ? 0 : 1);
  if (targets > 1) {
    throw UsageError("--target-loss, --target-size, --target-bits: give one of them");
  }
  if (targets == 1 && method == kAutoMethod) {
    throw UsageError(
        "--method auto chooses the size itself; give a method with a target, as in "
        "--method gptq --target-bits 4.8");
  }
  if (targets == 1 && !calibration_method(method).needs_text) {
    throw UsageError(
        "--target-…: sensitivity is measured on a text; give --method gptq and "
        "--calibration FILE");
  }
  const bool is_judged =
      method == kAutoMethod || target_loss_percent || !artifacts.empty() || !report.empty();
  if (is_judged && validation.empty()) {
    throw UsageError(
        "--method auto, --target-loss, --artifacts and --report need --validation "
        "FILE, a text that judges the loss");
  }
}

}  // namespace nibble::offline
