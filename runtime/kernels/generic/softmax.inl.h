// The softmax of a query, which runs over its scores in chunks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/math.inl.h"

/// The softmax so far.
struct Softmax {
  float peak;
  float sum;
};

/// The largest of `peak` and scores[padded_count]; NaN does not count. @pre peak is no NaN
inline float largest_score(float peak, const float* scores, uint32_t padded_count) {
  F32x8 a = f32_splat(peak), b = a;
  for (uint32_t i = 0; i < padded_count; i += 16) {
    a = f32_max(f32_load(scores + i), a);
    b = f32_max(f32_load(scores + i + 8), b);
  }
  return f32_peak(f32_max(a, b));
}

/// Scores to weights relative to a peak. @returns their sum
inline float exponentiate_scores(float peak, float* scores, uint32_t padded_count) {
  const auto peaks = WideLanes::splat(peak);
  for (uint32_t i = 0; i < padded_count; i += WideLanes::kCount)
    f32_store(scores + i, exponential<WideLanes>(f32_sub(WideLanes::load(scores + i), peaks)));
  F32x8 sums = f32_splat(0.0f);
  for (uint32_t i = 0; i < padded_count; i += 8) sums = f32_add(sums, f32_load(scores + i));
  return f32_sum(sums);
}
