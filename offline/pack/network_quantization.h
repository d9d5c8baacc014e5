// From a compiled network to one of codes, by any method: calibration, then what it has of
// training.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <optional>
#include <vector>

#include "offline/calibrate/calibration.h"
#include "offline/distill/distillation.h"

namespace nibble::offline {

struct QuantizedNetwork {
  Network network;                    ///< Every matrix's source holds codes in its scheme.
  std::vector<TensorReport> tensors;  ///< as calibration left them, before training
  std::optional<DistillationResult> distillation;  ///< of a method that trains end to end
};

/// @param network       compiled from `source`, not quantized
/// @param distillation  of methods that train end to end; its seed, threads and the length of its
///                      windows are those of the calibration
/// Throws as calibrate() and distill() do.
QuantizedNetwork quantize_network(const SourceModel& source, Network network,
                                  const CalibrationMethod& method, const TokenSamples& samples,
                                  const CalibrationOptions& calibration,
                                  const DistillationOptions& distillation);

}  // namespace nibble::offline
