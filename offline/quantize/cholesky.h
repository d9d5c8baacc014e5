// Cholesky's factorization of a symmetric matrix, and the equations that it solves.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nibble::offline {

/// Replaces the lower triangle of a matrix [n, n], diagonal included, by L with L·Lᵀ = matrix. What
/// is above the diagonal is neither read nor written. Takes about n³ / 6 multiplications.
/// @returns whether the matrix is positive definite; if not, its contents are of no use
[[nodiscard]] bool factor_cholesky(std::vector<double>& matrix, size_t n);

/// Replaces b by x with L·Lᵀ·x = b. @param lower  what factor_cholesky() left; [n, n]
void solve_cholesky(const std::vector<double>& lower, std::span<double> b);

}  // namespace nibble::offline
