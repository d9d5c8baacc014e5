// One pass of the samples through the network before quantization: what has to be known before the
// first matrix is quantized.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "offline/calibrate/tied_head.h"

namespace nibble::offline {

struct ReferenceFindings {
  std::optional<TiedHeadSums> head;
  std::vector<std::vector<float>> factors;  ///< of each edge of Network::scale_edges; or none
};

/// What the pass looks for.
struct ReferenceQuestions {
  bool head = false;
  bool factors = false;
};

/// @param network   what factors are chosen for: its edges and the schemes of its matrices
/// @param progress  called with the share done, 0 … 1
ReferenceFindings examine_reference(const SourceModel& source, const Network& network,
                                    const ReferenceQuestions& questions,
                                    const TokenSamples& samples, unsigned threads,
                                    const std::function<void(double)>& progress);

}  // namespace nibble::offline
