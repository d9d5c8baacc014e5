// What each way to store each matrix costs: the loss that the allocator adds up.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/session.h>

#include <string>
#include <vector>

#include "offline/calibrate/calibration.h"
#include "offline/tune/allocation.h"

namespace nibble::offline {

/// One matrix of a model, and its options in the order of the schemes asked for.
struct MatrixOptions {
  std::string tensor;
  format::Role role = format::Role::Embedding;
  uint16_t layer = format::kNoLayer;
  uint64_t weights = 0;
  SchemeOptionList options;
};

/// The loss of matrix i in scheme o is taken as a_i · t_io (Malinovskii et al. 2024, arXiv
/// 2411.17525): t is the error of the matrix's output on the samples, relative to the output, as
/// the method quantizes it; a is measured: the mean KL divergence from the f16 model, in nats, of
/// the f16 model with the matrices of one role and a band of layers replaced by what the first
/// scheme makes of them, divided by their t.
/// @param schemes  at least one, of integers
/// @param samples  the first kErrorTokens tokens of them are calibrated with, kProbeTokens probed
/// Cost: a calibration in which each matrix is quantized in every scheme, and per role and band a
/// pass over the probed tokens.
std::vector<MatrixOptions> measure_sensitivity(
    const SourceModel& source, const std::vector<Scheme>& schemes, const CalibrationMethod& method,
    const TokenSamples& samples, const SessionConfig& session, const CalibrationOptions& options);

inline constexpr size_t kErrorTokens = 8192, kProbeTokens = 2048;
/// A role's layers are probed one by one where there are so many, and in so many bands where there
/// are more.
inline constexpr uint32_t kLayerBands = 8;

}  // namespace nibble::offline
