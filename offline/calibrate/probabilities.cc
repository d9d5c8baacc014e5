// Shifts logits so that the largest is 0, and pads them to what the kernel takes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/calibrate/probabilities.h"

#include <nibble/cpu.h>

#include <algorithm>

#include "runtime/kernels/kernels.h"

namespace nibble::offline {

std::vector<float> probabilities(std::span<const float> logits) {
  constexpr size_t kUnit = 8;
  constexpr float kLeastExponent = -87;  // of a normal number
  const float largest = *std::ranges::max_element(logits);
  std::vector<float> values((logits.size() + kUnit - 1) / kUnit * kUnit);
  for (size_t i = 0; i < logits.size(); ++i) {
    values[i] = std::max(logits[i] - largest, kLeastExponent);
  }
  static const Kernels* const kernels = best_kernels(cpu_features());
  kernels->exponentiate(values.data(), values.size());
  values.resize(logits.size());
  double sum = 0;
  for (const float value : values) sum += double{value};
  for (float& value : values) value = static_cast<float>(double{value} / sum);
  return values;
}

double squared_change(std::span<const float> before, std::span<const float> after) {
  const std::vector<float> weights = probabilities(before);
  double mean = 0, square = 0;
  for (size_t i = 0; i < before.size(); ++i) {
    const double change = double{after[i]} - double{before[i]};
    mean += double{weights[i]} * change;
    square += double{weights[i]} * change * change;
  }
  return square - mean * mean;
}

}  // namespace nibble::offline
