// Causal attention of one head and one row: a softmax that runs over the cache in chunks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/cache.inl.h"
#include "runtime/kernels/generic/math.inl.h"
#include "runtime/kernels/generic/matmul.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

inline constexpr uint32_t kChunkPositions = 128;

/// A query in the form its cache multiplies with.
struct Query {
  const float* floats;
  const int8_t* codes;  ///< Int8 cache
  float scale;          ///< Of scores: the argument, times the codes' scale for an Int8 cache.
};

inline void scores_of_f16_block(const uint8_t* block, uint32_t d, const Query& query,
                                float* scores) {
  dot_f16(reinterpret_cast<const uint16_t*>(block), d, query.floats, scores);
  const auto scale = f32_splat(query.scale);
  for (uint32_t i = 0; i < format::kBlockRows; i += 8)
    f32_store(scores + i, f32_mul(f32_load(scores + i), scale));
}

/// score = float(sum) · (query scale · key scale)
inline void scores_of_int8_block(const uint8_t* block, uint32_t d, const float* key_scales,
                                 const Query& query, float* scores) {
  alignas(32) int32_t sums[format::kBlockRows];
  dot_int8<1>(block, d, query.codes, 0, sums);
  const auto query_scale = f32_splat(query.scale);
  for (uint32_t i = 0; i < format::kBlockRows; i += 8) {
    const F32x8 scale = f32_mul(query_scale, f32_load(key_scales + i));
    f32_store(scores + i, f32_mul(f32_from_i32(i32_load(sums + i)), scale));
  }
}

/// Scores of positions begin … begin + count, then −infinity up to a multiple of 32.
inline void chunk_scores(const KvCache& cache, const KvPlane& keys, const Query& query,
                         uint32_t begin, uint32_t count, float* scores) {
  const uint32_t d = cache.head_dimension;
  for (uint32_t i = 0; i < count; i += format::kBlockRows) {
    const uint8_t* block = key_block(cache, keys, begin + i);
    if (cache.type == format::KvType::F16)
      scores_of_f16_block(block, d, query, scores + i);
    else
      scores_of_int8_block(block, d, keys.scales + begin + i, query, scores + i);
  }
  // What the cache holds beyond the last position was never written: it must not reach a result.
  for (uint32_t i = count; i < format::padded(count); ++i) scores[i] = -__builtin_inff();
}

/// The softmax so far.
struct Softmax {
  float peak = -__builtin_inff();
  float sum = 0.0f;
};

/// Scores to weights relative to the new peak. @returns what earlier results are multiplied by
inline float advance(Softmax& softmax, float* scores, uint32_t padded_count) {
  F32x8 peaks = f32_splat(softmax.peak);
  for (uint32_t i = 0; i < padded_count; i += 8) peaks = f32_max(f32_load(scores + i), peaks);
  const float peak = f32_peak(peaks);
  F32x8 sums = f32_splat(0.0f);
  for (uint32_t i = 0; i < padded_count; i += 8) {
    const F32x8 weight = exponential(f32_sub(f32_load(scores + i), f32_splat(peak)));
    f32_store(scores + i, weight);
    sums = f32_add(sums, weight);
  }
  const float correction = exponential_of(softmax.peak - peak);
  softmax.sum = softmax.sum * correction + f32_sum(sums);
  softmax.peak = peak;
  return correction;
}

/// Eight values of a cache row as floats.
struct F16Values {
  using Element = uint16_t;
  static F32x8 load(const uint16_t* from) { return f32_load_f16(from); }
};
struct Int8Values {
  using Element = int8_t;
  static F32x8 load(const int8_t* from) { return f32_load_i8(from); }
};

/// out[32] = out · correction + Σ weight[t] · value[t][32], ascending t.
template <class Values>
inline void add_values_32(const typename Values::Element* values, uint32_t d, const float* weights,
                          uint32_t count, float correction, float* out) {
  const auto corrections = f32_splat(correction);
  F32x8 y0 = f32_mul(f32_load(out), corrections);
  F32x8 y1 = f32_mul(f32_load(out + 8), corrections);
  F32x8 y2 = f32_mul(f32_load(out + 16), corrections);
  F32x8 y3 = f32_mul(f32_load(out + 24), corrections);
  for (uint32_t t = 0; t < count; ++t, values += d) {
    const auto weight = f32_splat(weights[t]);
    y0 = f32_add(y0, f32_mul(weight, Values::load(values)));
    y1 = f32_add(y1, f32_mul(weight, Values::load(values + 8)));
    y2 = f32_add(y2, f32_mul(weight, Values::load(values + 16)));
    y3 = f32_add(y3, f32_mul(weight, Values::load(values + 24)));
  }
  f32_store(out, y0);
  f32_store(out + 8, y1);
  f32_store(out + 16, y2);
  f32_store(out + 24, y3);
}

/// The same for 8 columns: what a head dimension has beyond a multiple of 32.
template <class Values>
inline void add_values_8(const typename Values::Element* values, uint32_t d, const float* weights,
                         uint32_t count, float correction, float* out) {
  F32x8 y = f32_mul(f32_load(out), f32_splat(correction));
  for (uint32_t t = 0; t < count; ++t, values += d)
    y = f32_add(y, f32_mul(f32_splat(weights[t]), Values::load(values)));
  f32_store(out, y);
}

template <class Values>
inline void add_values(const uint8_t* rows, uint32_t d, const float* weights, uint32_t count,
                       float correction, float* out) {
  const auto* values = reinterpret_cast<const typename Values::Element*>(rows);
  uint32_t i = 0;
  for (; i + 32 <= d; i += 32)
    add_values_32<Values>(values + i, d, weights, count, correction, out + i);
  for (; i < d; i += 8) add_values_8<Values>(values + i, d, weights, count, correction, out + i);
}

/// weights[t] *= scale of value t
inline void scale_weights(float* weights, const float* value_scales, uint32_t padded_count) {
  for (uint32_t i = 0; i < padded_count; i += 8)
    f32_store(weights + i, f32_mul(f32_load(weights + i), f32_load(value_scales + i)));
}

inline void attend_positions(const KvCache& cache, uint32_t kv_head, const Query& query,
                             uint32_t positions, float* out) {
  const KvPlane keys = plane_of(cache, cache.keys, kv_head);
  const KvPlane values = plane_of(cache, cache.values, kv_head);
  const uint32_t d = cache.head_dimension;
  for (uint32_t i = 0; i < d; ++i) out[i] = 0.0f;
  Softmax softmax;
  for (uint32_t begin = 0; begin < positions; begin += kChunkPositions) {
    alignas(32) float weights[kChunkPositions];
    const uint32_t count = group_columns(kChunkPositions, begin, positions);
    chunk_scores(cache, keys, query, begin, count, weights);
    const float correction = advance(softmax, weights, format::padded(count));
    const uint8_t* rows = value_row(cache, values, begin);
    if (cache.type == format::KvType::F16) {
      add_values<F16Values>(rows, d, weights, count, correction, out);
    } else {
      scale_weights(weights, values.scales + begin, format::padded(count));
      add_values<Int8Values>(rows, d, weights, count, correction, out);
    }
  }
  const auto sum = f32_splat(softmax.sum);
  for (uint32_t i = 0; i < d; i += 8) f32_store(out + i, f32_div(f32_load(out + i), sum));
}

inline void attend_head(const AttendArguments& a, uint32_t row, uint32_t head) {
  const KvCache& cache = a.rows[row].layers[a.layer];
  const uint32_t d = cache.head_dimension;
  float* out = row_of(a.out, row);
  const float* floats = row_of(a.queries, row) + head * d;
  Query query{.floats = floats, .codes = nullptr, .scale = __builtin_bit_cast(float, a.scale_bits)};
  alignas(32) int8_t codes[format::kMaxHeadDimension];
  if (cache.type == format::KvType::Int8) {
    query.codes = codes;
    query.scale = quantize_group(floats, d, codes).scale * query.scale;
  }
  const uint32_t kv_head = head / (a.heads / cache.kv_heads);
  attend_positions(cache, kv_head, query, a.rows[row].position + 1, out + head * d);
  if (head == a.heads - 1) zero_padding(out, a.heads * d);
}

void attend(const AttendArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t tile = first; tile < last; ++tile) {
    const uint32_t row = tile % a.count;
    const uint32_t shared_by = a.heads / a.rows[row].layers[a.layer].kv_heads;
    const uint32_t head = tile / a.count * shared_by;
    for (uint32_t h = head; h < head + shared_by; ++h) attend_head(a, row, h);
  }
}
