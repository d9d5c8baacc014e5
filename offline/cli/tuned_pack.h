// nibble pack where the tool chooses: the ladder, targets, and a verdict on what came out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>

#include "offline/cli/command.h"
#include "offline/cli/tune_options.h"
#include "offline/pack/pack.h"
#include "offline/tune/ladder.h"

namespace nibble::offline {

struct TunedPack {
  std::string source;  ///< the model's folder
  std::string output;  ///< "" where only artifacts are asked for
  std::string method;  ///< one of kCalibrationMethods, or kAutoMethod
  TuneOptions tune;
  SessionConfig session;               ///< kernels and threads of validation
  EndToEnd end_to_end = EndToEnd::No;  ///< of the ladder
  std::string tool;                    ///< name and version, for the artifacts
  bool json = false;
};

/// Prints every variant that was tried and what was written.
/// @returns BarMissed where the loss is above the bar; nothing is written then by the ladder and by
///          --target-loss
ExitStatus run_tuned_pack(const SourceModel& model, const PackOptions& options,
                          const TunedPack& request);

}  // namespace nibble::offline
