// The log-likelihood of a token, the same number on every machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/span.h>

namespace nibble {

/// A logit less the largest one, at most 0. Likelihoods below exp(−1000) count as that one, and so
/// does NaN: comparisons with it are false.
float distance_below(float largest, float logit);

/// @param distance  a token's distance_below()
/// @param sum  of the exponentials of all tokens' distances, at least 1
/// @returns millionths of a nat
int64_t micro_nats(float distance, double sum);

}  // namespace nibble
