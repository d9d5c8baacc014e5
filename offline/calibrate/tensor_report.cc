// Measures losses relative to what the matrix makes of its inputs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/tensor_report.h"

namespace nibble::offline {

TensorReport report_matrix(const TensorPlan& plan, const FloatMatrix& weights,
                           const MatrixResult& result, const InputStatistics* statistics,
                           const Quantizer& quantizer, const CalibrationOptions& options) {
  TensorReport report{plan.name, plan.role, plan.layer, plan.scheme, 0, 0, result.remark, {}};
  if (statistics == nullptr) return report;
  const double energy = output_energy(weights, *statistics, options.threads);
  const auto loss_of = [&](const QuantizedMatrix& matrix) {
    if (!(energy > 0)) return 0.0;
    return matrix_error(weights, matrix, *statistics, options.threads) / energy;
  };
  const auto loss_by = [&](const Quantizer& by, const Scheme& scheme) {
    TensorPlan other = plan;
    other.scheme = scheme;
    return loss_of(quantize_matrix(by, other, weights, statistics, options.threads).matrix);
  };
  report.nearest_loss = loss_by(*make_quantizer("rtn"), plan.scheme);
  report.loss = loss_of(result.matrix);
  for (const Scheme& scheme : options.probed_schemes) {
    report.probes.push_back({scheme, loss_by(quantizer, scheme)});
  }
  return report;
}

}  // namespace nibble::offline
