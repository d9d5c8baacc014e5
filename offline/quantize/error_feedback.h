// How the rounding error of one weight is made good by the weights that are rounded after it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/quantize/input_statistics.h"
#include "offline/quantize/quantized_row.h"

namespace nibble::offline {

/// The factors of GPTQ. With the Hessian permuted to `order` and written as R·Rᵀ, R upper
/// triangular, e·H·eᵀ = Σ (e·R)²: an element of e·R holds errors of its own and of earlier columns
/// alone. So column i is rounded after Σ e[j]·R[j, i] / R[i, i] over earlier j was added to it. The
/// same weights come out as with the inverse's Cholesky factor of GPTQ's paper, as QuIP shows
/// (arXiv 2307.13304, theorem 6), without an inverse.
struct ErrorFeedback {
  std::vector<uint32_t> order;   ///< Columns in the order of rounding: largest inputs first.
  std::vector<double> feedback;  ///< [columns, columns] in that order: R[j, i] / R[i, i], j < i.
  double damping = 0;            ///< What was added to the diagonal, as a share of its mean.
};

/// The Hessian with `damping` times the mean of its diagonal added to the diagonal: never singular
/// in exact arithmetic, and less faithful to the particular text.
std::vector<double> damped_hessian(const InputStatistics& statistics, double damping);

/// Takes about columns³ / 6 multiplications. Damping begins with kDamping and grows tenfold until
/// the factors exist.
/// @param statistics  with a Hessian
/// Throws std::domain_error when they do not exist with damping 1: the sums are no numbers.
ErrorFeedback factor_feedback(const InputStatistics& statistics);

/// Chooses the row's codes, one after the other, on the grids that it has. Takes about columns² / 2
/// multiplications. @param group  columns per grid
void round_with_feedback(QuantizedRow& row, const ErrorFeedback& feedback, uint32_t group);

}  // namespace nibble::offline
