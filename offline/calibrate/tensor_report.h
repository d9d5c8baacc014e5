// What became of each matrix: its losses as stored, rounded to nearest, and in other schemes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <string>
#include <vector>

#include "offline/calibrate/matrix_quantization.h"
#include "offline/calibrate/token_samples.h"

namespace nibble::offline {

/// What a matrix would lose in another scheme, by the same method on the same inputs.
struct SchemeLoss {
  Scheme scheme;
  double loss = 0;
};

/// What became of one matrix. Losses are Σ |ΔW·x|² / Σ |W·x|² over the calibration text: 0 without
/// statistics.
struct TensorReport {
  std::string tensor;
  format::Role role = format::Role::Embedding;
  uint16_t layer = format::kNoLayer;
  Scheme scheme;
  double nearest_loss = 0;         ///< rounded to nearest
  double loss = 0;                 ///< as stored
  std::string remark;              ///< such as "damping 0.1"; mostly empty
  std::vector<SchemeLoss> probes;  ///< of CalibrationOptions::probed_schemes
};

/// @param plan        the matrix, with the scheme that it has now
/// @param result      what `quantizer` made of the weights, whose remark is copied
/// @param statistics  of the inputs; null: no losses are known
/// @param options     threads and probed_schemes
/// Cost: a pass over the Hessian for each loss, and the matrix quantized once per probed scheme.
TensorReport report_matrix(const TensorPlan& plan, const FloatMatrix& weights,
                           const MatrixResult& result, const InputStatistics* statistics,
                           const Quantizer& quantizer, const CalibrationOptions& options);

}  // namespace nibble::offline
