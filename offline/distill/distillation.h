// Trains a quantized network end to end towards the float model that it was made of.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include <functional>
#include <vector>

#include "offline/distill/student.h"
#include "offline/distill/window_stream.h"
#include "offline/formats/source_model.h"

namespace nibble::offline {

/// How far a training run is.
struct DistillationProgress {
  double done = 0;  ///< share of the steps or of the time, 0 … 1
  double seconds = 0;
  uint64_t steps = 0;
  double divergence = 0;  ///< mean KL(teacher ‖ student) in nats on the validation windows, lately
  double least_divergence = 0;  ///< of the state that is kept
};

struct DistillationOptions {
  double minutes = 30;  ///< the run ends after so long
  uint64_t steps = 0;   ///< … or after so many steps, if that is sooner; 0: only time counts
  uint32_t sequence_tokens = 256;
  uint32_t batch_sequences = 8;  ///< of each step
  uint32_t validations = 32;     ///< in a run
  uint64_t seed = 1;
  TrainingRates rates{.positions = 0.003f, .scales = 0.002f, .vectors = 0.001f};  ///< at their peak
  ParallelFor parallel;
  /// Asked before and after each step; true ends the run with the best state so far.
  std::function<bool()> should_stop;
  std::function<void(const DistillationProgress&)> progress;
};

/// What a run came to.
struct DistillationResult {
  double start_divergence = 0, divergence = 0;  ///< before and after, on the validation windows
  uint64_t steps = 0;
};

struct Distilled {
  Network network;  ///< The best state: its matrices hold codes and scales, its vectors floats.
  DistillationResult result;
};

/// Quantization-aware training: forward passes multiply with what the codes stand for, activations
/// are rounded as the runtime rounds them, and the gradient of KL(teacher ‖ student) goes through
/// the rounding as if there were none. Adam, with a rate that rises for a short while and falls
/// along a cosine. The teacher is the model in F16. One text of 16 is held out: the state with the
/// least divergence on those is the result, and the start is one of the states. The same steps give
/// the same bytes for any number of threads and on any CPU; where minutes end the run or shape the
/// rate, speed decides how many steps there are.
/// @param start  matrices are codes and scales already, or floats, which are rounded to nearest
/// @param texts  at least 16, of at least sequence_tokens tokens each
/// Throws InputError for fewer.
Distilled distill(const SourceModel& source, const Network& start,
                  const std::vector<TokenText>& texts, const DistillationOptions& options);

}  // namespace nibble::offline
