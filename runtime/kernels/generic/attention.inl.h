// Causal attention: queries that share keys and values go through the cache together, in chunks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/scores.inl.h"
#include "runtime/kernels/generic/values.inl.h"

/// Moves the peaks on. corrections: what earlier sums and results are multiplied by.
inline void find_peaks(Queries& all, Chunk& chunk, float* corrections) {
  for (uint32_t q = chunk.first; q < all.count; ++q) {
    const uint32_t count = visible(chunk, all.query[q]);
    // What the cache holds beyond the last position was never written: no result may show it.
    for (uint32_t i = count; i < format::padded(count); ++i) chunk.scores[q][i] = -__builtin_inff();
    for (uint32_t i = 0; i < hidden(chunk, all.query[q]); ++i)
      chunk.scores[q][i] = -__builtin_inff();
    float& peak = all.query[q].softmax.peak;
    const float higher = largest_score(peak, chunk.scores[q], format::padded(count));
    corrections[q] = peak - higher;
    peak = higher;
  }
  f32_store(corrections, exponential<Lanes8>(f32_load(corrections)));
}

template <class Scale>
inline void multiply(float* weights, const Scale* scales, uint32_t count) {
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(weights + i, f32_mul(f32_load(weights + i), Lanes8::load(scales + i)));
}

[[gnu::noinline]] inline void cap_scores(const Queries& all, Chunk& chunk) {
  for (uint32_t q = chunk.first; q < all.count; ++q)
    for (uint32_t i = 0; i < visible(chunk, all.query[q]); i += 8)
      f32_store(chunk.scores[q] + i, soft_cap<Lanes8>(f32_load(chunk.scores[q] + i), all.cap));
}

/// Scores to weights, of values as they are stored.
[[gnu::noinline]] inline void weigh(Queries& all, Chunk& chunk) {
  alignas(32) float corrections[8] = {};
  find_peaks(all, chunk, corrections);
  for (uint32_t q = chunk.first; q < all.count; ++q) {
    float* scores = chunk.scores[q];
    const uint32_t padded = format::padded(visible(chunk, all.query[q]));
    Softmax& softmax = all.query[q].softmax;
    softmax.sum = softmax.sum * corrections[q] + exponentiate_scores(softmax.peak, scores, padded);
    scale_lanes(all.query[q].out, corrections[q], all.cache->head_dimension);
    if (all.values.type == format::TensorType::Int8)
      multiply(scores, int8_scales(all.values) + chunk.slot, padded);
    if (all.values.type == format::TensorType::Int4Zero)
      multiply(scores, int4_scales(all.values) + chunk.slot, padded);
  }
}

[[gnu::always_inline]] inline void attend_chunk(Queries& all, Chunk& chunk) {
  using format::TensorType;
  if (all.keys.type == TensorType::F16) score_f16(all, chunk);
  if (all.keys.type == TensorType::Int8) score_int8(all, chunk);
  if (all.keys.type == TensorType::Int4Zero) score_int4(all, chunk);
  if (all.cap != 0.0f) cap_scores(all, chunk);
  weigh(all, chunk);
  if (all.values.type == TensorType::F16) add_values_of_chunk<uint16_t>(all, chunk);
  if (all.values.type == TensorType::Int8) add_values_of_chunk<int8_t>(all, chunk);
  if (all.values.type == TensorType::Int4Zero) add_int4_values(all, chunk);
}

[[gnu::always_inline]] inline void attend_queries(Queries& all) {
  const uint32_t d = all.cache->head_dimension;
  for (uint32_t q = 0; q < all.count; ++q) {
    clear(all.query[q].out, d);
    all.query[q].softmax = {.peak = -__builtin_inff(), .sum = 0.0f};
  }
  Chunk chunk;
  chunk.first = 0;
  for (chunk.begin = all.query[0].first / kChunkPositions * kChunkPositions;
       chunk.begin < all.query[all.count - 1].positions; chunk.begin += kChunkPositions) {
    chunk.slot = chunk.begin % all.cache->padded_positions;
    while (all.query[chunk.first].positions <= chunk.begin) ++chunk.first;
    attend_chunk(all, chunk);
  }
  for (uint32_t q = 0; q < all.count; ++q) {
    float* out = all.query[q].out;
    const auto sum = f32_splat(all.query[q].softmax.sum);
    for (uint32_t i = 0; i < d; i += 8) f32_store(out + i, f32_div(f32_load(out + i), sum));
  }
}

inline uint32_t first_visible(const KvCache& cache, uint32_t positions) {
  return cache.window != 0 && positions > cache.window ? positions - cache.window : 0;
}

/// Rows [row, row + rows) of one sequence and one key/value head.
[[gnu::always_inline]] inline void attend_rows(const AttendArguments& a, uint32_t kv_head,
                                               uint32_t row, uint32_t rows) {
  const KvCache& cache = a.rows[row].layers[a.layer];
  const uint32_t d = cache.head_dimension;
  const uint32_t shared_by = a.heads / cache.kv_heads;
  Queries all;
  all.cache = &cache;
  all.keys = key_plane(cache, kv_head);
  all.values = value_plane(cache, kv_head);
  all.scale = __builtin_bit_cast(float, a.scale_bits);
  all.cap = __builtin_bit_cast(float, a.cap_bits);
  all.count = 0;
  for (uint32_t i = 0; i < rows * shared_by; ++i) {
    const uint32_t r = row + i / shared_by;
    const uint32_t column = (kv_head * shared_by + i % shared_by) * d;
    const uint32_t positions = a.rows[r].position + 1;
    all.query[all.count++] = {.floats = row_of(a.queries, r) + column,
                              .out = row_of(a.out, r) + column,
                              .first = first_visible(cache, positions),
                              .positions = positions,
                              .softmax = {}};
    if (all.count < kQueries && i + 1 < rows * shared_by) continue;
    attend_queries(all);
    all.count = 0;
  }
  if (kv_head + 1 == cache.kv_heads)
    for (uint32_t r = row; r < row + rows; ++r) zero_padding(row_of(a.out, r), a.heads * d);
}

void attend(const AttendArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t tile = first, rows; tile < last; tile += rows) {
    const uint32_t row = tile % a.count;
    const RowPlace* place = a.rows + row;
    rows = 1;
    while (tile + rows < last && row + rows < a.count && place[rows].layers == place->layers &&
           place[rows].position >= place[rows - 1].position)
      ++rows;
    attend_rows(a, tile / a.count, row, rows);
  }
}
