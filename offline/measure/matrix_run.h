// Runs a matrix: each cell in processes of its own, each finished cell handed on at once.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "offline/measure/blob_facts.h"
#include "offline/measure/requests.h"

namespace nibble::offline {

/// The hidden subcommand that measures a round of a cell and prints it as JSON.
inline constexpr const char* kCellCommand = "measure-cell";

struct MatrixBlob {
  std::string variant;
  std::filesystem::path path;
  BlobEvaluation evaluation;
};

struct MatrixPlan {
  std::vector<MatrixBlob> blobs;
  std::vector<uint32_t> batch_sizes, threads;
  RequestPlan requests;  ///< but for the batch size
  uint32_t rounds = 4;
  double limit_seconds = 3600;  ///< of each process
  std::string tool_version;
  std::function<void(double done)> progress;
  std::function<bool()> should_stop;                  ///< asked between processes
  std::function<void(const ResultCell& cell)> take;   ///< a finished cell
  std::function<void(const std::string& line)> tell;  ///< of a cell that failed
};

/// A run that is stopped hands on the cells that have some of their rounds, with as many runs.
/// @returns whether every cell was measured. What `take` throws ends the run.
bool run_matrix(const MatrixPlan& plan);

}  // namespace nibble::offline
