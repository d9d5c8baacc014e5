// Softmax with the runtime's own exponential, whose bits are the same on every CPU.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <span>
#include <vector>

namespace nibble::offline {

/// The probabilities of logits, finite and at least one; what is e⁻⁸⁷ times the largest, or less,
/// counts as that.
std::vector<float> probabilities(std::span<const float> logits);

/// Twice the divergence of predictions when these logits change, to second order: Σ p·d² − (Σ
/// p·d)², p the probabilities of `before`, d the differences.
double squared_change(std::span<const float> before, std::span<const float> after);

}  // namespace nibble::offline
