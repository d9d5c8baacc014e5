// What calibration knows of the inputs that a matrix multiplies, and what an error of the matrix
// costs there.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace nibble::offline {

/// What calibration learned about the input rows x that a matrix multiplies: sums over all of them.
struct InputStatistics {
  uint64_t rows = 0;            ///< Input rows seen.
  std::vector<double> squares;  ///< [columns], Σ x[i]²: the diagonal of the Hessian.
  std::vector<double> hessian;  ///< [columns, columns], Σ x[i]·x[j]; empty: only the diagonal.
};

/// The share of the mean square that is added to every column's: the text that calibrates is a
/// sample, so no column is ever worth nothing.
inline constexpr double kDamping = 0.01;

/// What a squared error counts in each column, 1 on average: the damped mean square of its inputs.
/// @param statistics  null: every column counts 1
std::vector<float> column_importance(const InputStatistics* statistics, uint32_t columns);

/// Σ a[i]·b[i] in 32 partial sums and one of the rest, added up in one fixed order: the same bits
/// from every compiler and every instruction set.
double dot(std::span<const double> a, std::span<const double> b);

/// y += factor · x.
void add_scaled(double factor, std::span<const double> x, std::span<double> y);

/// Σ over rows of e·H·eᵀ: how far outputs move, in sum of squares over the calibration text, when
/// the matrix changes by these errors. GPTQ's objective (arXiv 2210.17323, section 3).
/// @param errors   [rows, columns]
/// @param hessian  [columns, columns], symmetric
double output_error(std::span<const double> errors, std::span<const double> hessian,
                    uint32_t columns);

}  // namespace nibble::offline
