// Cholesky's factorization of a symmetric matrix, and the equations that it solves.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace nibble::offline {

/// Replaces the upper triangle of a symmetric matrix [n, n], diagonal included, by U with
/// Uᵀ·U = matrix. What is below the diagonal is neither read nor written. Takes about n³ / 6
/// multiplications.
/// @returns whether the matrix is positive definite; if not, its contents are of no use
[[nodiscard]] bool factor_cholesky(std::vector<double>& matrix, size_t n);

/// Replaces b by x with Uᵀ·U·x = b. @param upper  what factor_cholesky() left; [n, n]
void solve_cholesky(const std::vector<double>& upper, std::span<double> b);

}  // namespace nibble::offline
