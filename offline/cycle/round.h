// One model's round: copied, quantized, measured beside its original.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "offline/cycle/decision.h"
#include "offline/cycle/discovery.h"
#include "offline/pack/pack.h"
#include "offline/tune/speed_comparison.h"

namespace nibble::offline {

/// The user wants the cycle to end.
class CycleInterrupted : public std::exception {
 public:
  const char* what() const noexcept override { return "interrupted"; }
};

struct RoundOptions {
  PackOptions candidate;       ///< how the candidate is stored
  SessionConfig session;       ///< kernels and threads
  std::filesystem::path text;  ///< that quality is measured on; "": it is not
  std::function<void(const std::string& stage, double done)> progress;
  std::function<void()> check;  ///< called often; throws CycleInterrupted
};

struct OperationTime {
  const char* operation;
  double seconds;
};

struct RoundResult {
  std::string source_format, target_format;
  CycleFigures figures;
  SpeedComparison speeds;  ///< quantized: the candidate; f16: the original
  std::string candidate_identity;
  std::vector<OperationTime> times;
};

/// Tokens that each of the two decodes, one by one.
inline constexpr uint32_t kBenchmarkTokens = 1024;

/// @param work       an empty folder
/// @param candidate  the blob to write, in it
/// Throws InputError, OutputError and CycleInterrupted.
RoundResult run_round(const FoundModel& model, const std::filesystem::path& work,
                      const std::filesystem::path& candidate, const RoundOptions& options);

}  // namespace nibble::offline
