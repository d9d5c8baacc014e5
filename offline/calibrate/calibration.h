// Quantizes a network block by block: every matrix is fitted to the inputs that the quantized
// network before it really makes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <vector>

#include "offline/calibrate/calibration_method.h"
#include "offline/calibrate/tensor_report.h"
#include "offline/formats/source_model.h"

namespace nibble::offline {

struct Calibrated {
  Network network;  ///< Every matrix's source holds codes and scales in the matrix's scheme.
  std::vector<TensorReport> report;  ///< in the order in which matrices were quantized
};

/// The windows that a model can be calibrated with: as many as asked for, times `times`, and no
/// longer than its context. Throws as draw_samples() does.
TokenSamples draw_for(const SourceModel& source, const Tokenizer& tokenizer,
                      const CalibrationOptions& calibration, uint32_t times = 1);

/// Replaces the source of every matrix by its quantized form, which build_weights() stores as it
/// is. A tied head is fitted to what the network's last norm makes before quantization, since its
/// rows are also the first thing that the network reads; all other matrices follow in the order of
/// the program, each stage (q, k and v; o; gate and up; down) fitted to inputs from everything
/// before it, quantized, run by the real kernels. Memory: the network as floats of 16 bits and
/// quantized, one stage's Hessians, and for each token of the samples the activations between two
/// blocks. The same samples give the same bytes for any number of threads.
/// @param source   the model that `network` was compiled from
/// @param samples  at least one window; each fits the model's context
/// Throws InputError for weights that are not finite or too large.
Calibrated calibrate(const SourceModel& source, Network network, const CalibrationMethod& method,
                     const TokenSamples& samples, const CalibrationOptions& options);

}  // namespace nibble::offline
