// The folder that `nibble pack --artifacts` writes: the blob, a checkpoint for other tools,
// reports.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <string>

#include "offline/pack/pack.h"
#include "offline/tune/variant.h"

namespace nibble::offline {

/// What the artifacts tell of. Everything outlives the call.
struct ArtifactContents {
  const SourceModel& model;
  std::filesystem::path source_folder;  ///< has the model's config.json
  const Trials& trials;                 ///< with a chosen variant that was judged
  const Validation& validation;
  std::filesystem::path validation_text;
  double max_loss_percent = 0;
  const PackOptions& options;
  SessionConfig session;  ///< kernels and threads of the speeds that are measured
  std::string tool;       ///< "nibble 0.2.0"
};

/// Writes model.nbl, model.safetensors, config.json, quantization_config.json,
/// validation_report.json and quantization_summary.json; docs/ARTIFACTS.md has their schemas. The
/// folder appears whole or not at all.
/// Throws OutputError, InputError, OverBudget.
PackedBlob write_artifacts(const ArtifactContents& contents, const std::filesystem::path& folder);

}  // namespace nibble::offline
