// How fast sessions compute: prompts, single tokens, and the first token after loading.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/batch.h>

#include <cstdint>
#include <string>
#include <vector>

namespace nibble::offline {

struct SpeedOptions {
  uint32_t prefill_tokens = 128;
  uint32_t decode_tokens = 64;
  uint32_t depth_tokens = 0;  ///< positions computed before the prompt, and before decoding
  uint32_t warmups = 1;
  uint32_t repeats = 5;
};

/// Samples in tokens per second, one per repeat: those of all sessions together.
struct Speed {
  std::vector<double> prefill, decode;
  double first_token_seconds = 0;  ///< of a first run: prompts to the logits of all
  uint8_t logits_sha256[32] = {};  ///< over prefill's and every decode step's logits of a session
};

/// Runs a fixed pseudo-random token sequence; each repeat starts at the same depth.
/// Throws InputError when the context is too short for the options.
Speed measure_speed(Session& session, const SpeedOptions& options, const std::string& blob_name);
/// The same for all sessions of a batch at once, each with that sequence. Throws std::logic_error
/// when they do not have the same logits.
Speed measure_speed(Batch& batch, const SpeedOptions& options, const std::string& blob_name);

/// The value that `share` of the samples do not exceed, between neighbors linearly.
/// @pre samples is not empty
double sample_quantile(std::vector<double> samples, double share);

}  // namespace nibble::offline
