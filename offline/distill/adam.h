// Adam: gradient steps whose length adapts to each number (Kingma and Ba, arXiv 1412.6980,
// algorithm 1).
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace nibble::offline {

/// Running means of gradients and of their squares, one of each for every number.
struct AdamMoments {
  AdamMoments() = default;
  explicit AdamMoments(size_t count) : first(count), second(count) {}
  std::vector<float> first, second;
};

/// What one step has in common for all numbers.
class AdamStep {
 public:
  /// @param step  counted from 1
  explicit AdamStep(uint64_t step)
      : first_factor_(correction(kFirstDecay, step)),
        second_factor_(correction(kSecondDecay, step)) {}

  /// How much of `rate` to go against the gradient: about −1 … 1.
  float direction(float gradient, float& first, float& second) const {
    first = kFirstDecay * first + (1 - kFirstDecay) * gradient;
    second = kSecondDecay * second + (1 - kSecondDecay) * (gradient * gradient);
    return first * first_factor_ / (std::sqrt(second * second_factor_) + kEpsilon);
  }

 private:
  static constexpr float kFirstDecay = 0.9f, kSecondDecay = 0.99f;
  static constexpr float kEpsilon = 1e-12f;  // gradients of single weights are small

  /// 1 / (1 − decay^step): the means start at 0.
  static float correction(double decay, uint64_t step) {
    double power = 1;
    for (uint64_t i = 0; i < step && power > 1e-9; ++i) power *= decay;
    return static_cast<float>(1 / (1 - power));
  }

  float first_factor_, second_factor_;
};

}  // namespace nibble::offline
