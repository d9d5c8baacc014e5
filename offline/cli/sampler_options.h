// The options of every command that draws tokens.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/sampler.h>

#include <CLI/CLI.hpp>
#include <string>

namespace nibble::offline {

struct SamplerOptions {
  std::string temperature = "0", top_p = "1", min_p = "0", repeat_penalty = "1";
  uint32_t top_k = 0;
  uint64_t seed = 0;

  void add_to(CLI::App& command);
  /// Throws UsageError.
  SamplerConfig config() const;
};

}  // namespace nibble::offline
