// The options of `nibble tune`, and the environment's defaults for some of them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "offline/measure/recommendation.h"
#include "offline/measure/requests.h"

namespace nibble::offline {

struct TuneArguments {
  std::vector<std::string> sources;
  std::vector<std::string> variants = {"f16", "int8", "int4", "int4-g32", "mixed"};
  std::vector<uint32_t> batch_sizes = {1}, threads = {1};
  RequestPlan requests;  ///< but for the batch size
  uint32_t rounds = 4;
  std::string results_dir = "results", blob_dir;
  std::string text, against, obedience;
  uint32_t max_windows = 200;
  std::string base;
  RecommendationRule rule;
  double timeout_seconds = 3600;
  std::string collect, output_csv = "summary.csv";
  bool dry_run = false;
  std::string tool;

  /// Adds all options. The command outlives this.
  void add_to(CLI::App& command);
  /// Takes VARIANTS, BATCH_SIZES, WARMUPS and RUNS of the environment for options that were not
  /// given. Throws UsageError.
  void read_environment(CLI::App& command) const;
  /// Where packed blobs are.
  const std::string& blob_folder() const { return blob_dir.empty() ? results_dir : blob_dir; }
};

}  // namespace nibble::offline
