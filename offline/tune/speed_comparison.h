// How fast a quantized model is beside the F16 one, on this machine and at this minute.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>

#include "offline/evaluate/speed.h"
#include "offline/host/loaded_model.h"

namespace nibble::offline {

/// How much each model does: so many turns, each of a prompt and of tokens one by one. A context
/// that is shorter shortens both.
struct SpeedTurns {
  uint32_t turns = 5;
  uint32_t prefill_tokens = 128, decode_tokens = 32;
  std::function<void()> before_each = [] {};  ///< may throw, which ends the comparison
};

/// Median rates of two models that take turns, so that a change of the machine meets both.
struct SpeedComparison {
  SpeedOptions options;
  double prefill[2] = {}, decode[2] = {};  ///< tokens per second: quantized, f16
};

/// @param session  kernels and threads
/// Throws InputError if a session fails.
SpeedComparison compare_speeds(const LoadedModel& quantized, const LoadedModel& f16,
                               const SessionConfig& session, const SpeedTurns& turns = {});

/// As docs/ARTIFACTS.md has it. @param kernels  name of the kernel set
nlohmann::ordered_json speed_json(const SpeedComparison& comparison, const char* kernels);

}  // namespace nibble::offline
