// Softmaxes that run over scores in chunks: one per query, several side by side.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/math.inl.h"

/// The softmax so far. Eight lanes, so that one vector operation serves all queries.
struct Softmaxes {
  alignas(32) float peaks[8];
  float sums[8];
};
inline void clear(Softmaxes& softmaxes) {
  f32_store(softmaxes.peaks, f32_splat(-__builtin_inff()));
  f32_store(softmaxes.sums, f32_splat(0.0f));
}

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
