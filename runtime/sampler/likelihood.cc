// Logarithms and distances of likelihoods.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "runtime/sampler/likelihood.h"

namespace nibble {
namespace {

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kMicro = 1e6;
constexpr float kLeast = -1000.0f;

/// ln(sum) for sum ≥ 1. Its mantissa is brought to [1, 2), where
/// ln m = 2·(z + z³/3 + z⁵/5 + …) with z = (m − 1)/(m + 1) ≤ 1/3: the terms left out are below
/// 1e−12.
double natural_logarithm(double sum) {
  uint64_t bits;
  __builtin_memcpy(&bits, &sum, sizeof(bits));
  const int32_t exponent = static_cast<int32_t>(bits >> 52) - 1023;
  bits = (bits & ((uint64_t{1} << 52) - 1)) | uint64_t{1023} << 52;
  double mantissa;
  __builtin_memcpy(&mantissa, &bits, sizeof(mantissa));
  const double z = (mantissa - 1.0) / (mantissa + 1.0), square = z * z;
  double series = 0;
  for (int32_t odd = 23; odd >= 1; odd -= 2) series = series * square + 1.0 / odd;
  return static_cast<double>(exponent) * kLn2 + 2.0 * z * series;
}

}  // namespace

float distance_below(float largest, float logit) {
  const float difference = logit - largest;
  if (!(difference > kLeast)) return kLeast;
  return difference < 0 ? difference : 0.0f;
}

int64_t micro_nats(float distance, double sum) {
  const double nats = static_cast<double>(distance) - natural_logarithm(sum);
  return static_cast<int64_t>(nats * kMicro - 0.5);
}

}  // namespace nibble
