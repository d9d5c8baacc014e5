// The log-likelihood of a token, the same number on every machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/sampler.h>

#include "runtime/kernels/kernels.h"
#include "runtime/sampler/candidates.h"

namespace nibble {
namespace {

constexpr double kLn2 = 0.693147180559945309417;
constexpr double kMicro = 1e6;
/// Likelihoods below exp(−1000) count as that one, and so does NaN.
constexpr float kLeast = -1000.0f;

/// A number, whatever the logits are.
float largest(Span<const float> logits) {
  float most = -__FLT_MAX__;
  for (const float logit : logits)
    if (logit > most) most = logit;
  return most < __FLT_MAX__ ? most : __FLT_MAX__;
}

/// At most 0. Comparisons with NaN are false.
float below(float most, float logit) {
  const float difference = logit - most;
  if (!(difference > kLeast)) return kLeast;
  return difference < 0 ? difference : 0.0f;
}

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

int64_t Sampler::log_likelihood(Span<const float> logits, Token token) {
  const float most = largest(logits);
  const size_t padded = padded_for_exponentiate(vocabulary_);
  for (size_t i = 0; i < vocabulary_; ++i) values_[i] = below(most, logits[i]);
  for (size_t i = vocabulary_; i < padded; ++i) values_[i] = kLeast;
  kernels_->exponentiate(values_, padded);
  double sum = 0;
  for (size_t i = 0; i < vocabulary_; ++i) sum += static_cast<double>(values_[i]);
  const double nats = static_cast<double>(below(most, logits[token])) - natural_logarithm(sum);
  return static_cast<int64_t>(nats * kMicro - 0.5);
}

}  // namespace nibble
