// The options of `nibble pack` that say how weights become codes: by which method, fitted to what.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <string>

#include "offline/calibrate/calibration.h"
#include "offline/cli/progress.h"
#include "offline/distill/distillation.h"

namespace nibble::offline {

struct MethodOptions {
  std::string name{kDefaultMethod};  ///< one of kCalibrationMethods, or kAutoMethod
  CalibrationOptions calibration;
  DistillationOptions distillation;
  std::optional<double> minutes;  ///< of training

  /// Adds --method, --calibration, --samples, --sample-tokens, --seed, --correction, --minutes and
  /// --steps.
  void add_to(CLI::App& command);
  /// Throws UsageError for a text that nothing looks at, and where one is needed.
  /// @param is_tuned  whether something is to be chosen or judged
  void require_texts(bool is_tuned) const;
  /// While a network is trained, the first interrupt ends the training, and the best state so far
  /// is packed; the second one ends the process, which has written nothing by then.
  DistillationOptions training(Progress& progress) const;
};

}  // namespace nibble::offline
