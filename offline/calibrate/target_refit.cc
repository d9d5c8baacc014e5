// Solves for one row of the matrix at a time.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/target_refit.h"

#include "offline/host/parallel.h"
#include "offline/quantize/cholesky.h"
#include "offline/quantize/error_feedback.h"

namespace nibble::offline {

FloatMatrix refit_to_targets(const FloatMatrix& weights, const InputStatistics& inputs,
                             const std::vector<double>& targets, double share, unsigned threads) {
  const size_t columns = weights.columns;
  std::vector<double> factor = damped_hessian(inputs, kDamping);
  const double lambda = factor[0] - inputs.hessian[0];
  if (!factor_cholesky(factor, columns)) return weights;
  FloatMatrix refitted = weights;
  run_tasks(
      weights.rows,
      [&](size_t row) {
        const std::span values(refitted.values.data() + row * columns, columns);
        std::vector<double> solution(columns);
        for (size_t i = 0; i < columns; ++i) {
          solution[i] = targets[row * columns + i] + lambda * double{values[i]};
        }
        solve_cholesky(factor, solution);
        for (size_t i = 0; i < columns; ++i) {
          values[i] = static_cast<float>((1 - share) * double{values[i]} + share * solution[i]);
        }
      },
      [](size_t) {}, threads);
  return refitted;
}

}  // namespace nibble::offline
