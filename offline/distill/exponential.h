// exp over many numbers, with the same bits on every CPU and with every math library.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstddef>

namespace nibble::offline {

/// x[i] = exp(x[i]), as the runtime computes it (docs/NUMERICS.md, "exp").
void exponentiate(float* x, size_t count);
/// By the math library: what tests take differences of.
void exponentiate(double* x, size_t count);

}  // namespace nibble::offline
