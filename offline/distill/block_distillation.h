// Trains the norms and scales of a quantized network block by block, codes frozen: cheap, and
// without a pass through the whole network.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/parallel.h>

#include <functional>
#include <vector>

#include "offline/distill/student.h"
#include "offline/distill/window_stream.h"
#include "offline/formats/source_model.h"

namespace nibble::offline {

struct BlockDistillationOptions {
  uint32_t sequence_tokens = 256;
  uint32_t sequences = 64;  ///< windows of the texts that are looked at
  uint32_t steps = 96;      ///< of each block, over one pass each
  uint64_t seed = 1;
  TrainingRates rates{.scales = 0.002f, .vectors = 0.002f};  ///< at their peak
  ParallelFor parallel;
  std::function<void(double done)> progress;  ///< 0 … 1
};

/// How far a block's output is from the teacher's, on windows that did not train it: the squared
/// distance as a share of the teacher's squares.
struct BlockErrors {
  uint16_t layer = 0;
  double before = 0, after = 0;
};

struct DistilledBlocks {
  Network network;  ///< Codes are those of the start; scales and vectors are trained.
  std::vector<BlockErrors> errors;  ///< one for each layer
};

/// Each layer in turn learns to make of the quantized prefix's output what the model in F16 makes
/// of its own (norm and scale tuning: EfficientQAT, arXiv 2407.11062, section 3.2, with frozen
/// codes). A layer whose error on held-out windows does not fall stays as it is. Tensors that other
/// ops read too, such as a tied embedding, do not train. Memory: two activations for every token of
/// the windows. The same bytes for any number of threads and on any CPU.
/// @param texts  with enough tokens for 16 windows
DistilledBlocks distill_blocks(const SourceModel& source, const Network& start,
                               const std::vector<TokenText>& texts,
                               const BlockDistillationOptions& options);

}  // namespace nibble::offline
