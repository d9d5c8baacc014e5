// Causal attention: queries that share keys and values go through the cache together, in chunks.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/cache.inl.h"
#include "runtime/kernels/generic/columns.inl.h"
#include "runtime/kernels/generic/matmul.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"
#include "runtime/kernels/generic/softmax.inl.h"

inline constexpr uint32_t kChunkPositions = 128;
/// Queries that go through the cache together: the stack has no room for the scores of more.
inline constexpr uint32_t kQueries = kMatMulTokens == 1 ? 1 : 3;

/// A head of a row.
struct Query {
  const float* floats;
  float* out;
  uint32_t positions;  ///< The row's position + 1.
};

/// Up to kQueries queries of one key/value head, with ascending positions.
struct Queries {
  const KvCache* cache;
  KvPlane keys, values;
  float scale;  ///< Of scores.
  uint32_t count;
  Query query[kQueries];
  Softmaxes softmaxes;
};

/// Positions of one chunk that the queries from `first` on look at.
struct Chunk {
  uint32_t begin;
  uint32_t first;
  alignas(64) float scores[kQueries][kChunkPositions];  ///< then weights
};

/// How many of the chunk's positions a query sees.
inline uint32_t visible(const Chunk& chunk, const Query& query) {
  return group_columns(kChunkPositions, chunk.begin, query.positions);
}

[[gnu::noinline]] inline void score_f16(const Queries& all, Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  const uint32_t count = visible(chunk, all.query[all.count - 1]);
  const auto scale = f32_splat(all.scale);
  for (uint32_t i = 0; i < count; i += format::kBlockRows) {
    ColumnInputs in;
    for (uint32_t q = chunk.first; q < all.count; ++q) {
      in.factors[q - chunk.first] = all.query[q].floats;
      in.sums[q - chunk.first] = chunk.scores[q] + i;
      clear(chunk.scores[q] + i, format::kBlockRows);
    }
    const uint8_t* block = key_block(*all.cache, all.keys, chunk.begin + i);
    add_columns_of<kQueries>(reinterpret_cast<const uint16_t*>(block), format::kBlockRows, d, in,
                             all.count - chunk.first, format::kBlockRows);
    for (uint32_t q = chunk.first; q < all.count; ++q)
      for (uint32_t lane = i; lane < i + format::kBlockRows; lane += 8)
        f32_store(chunk.scores[q] + lane, f32_mul(f32_load(chunk.scores[q] + lane), scale));
  }
}

/// score = float(sum) · (query scale · key scale); the sums are where the scores will be.
inline void scale_sums(float* scores, const float* key_scales, float query_scale, uint32_t count) {
  const int32_t* sums = reinterpret_cast<const int32_t*>(scores);
  for (uint32_t i = 0; i < count; i += 8) {
    const F32x8 scale = f32_mul(f32_splat(query_scale), f32_load(key_scales + i));
    f32_store(scores + i, f32_mul(f32_from_i32(i32_load(sums + i)), scale));
  }
}

/// dot_int8 for as many queries as there are.
template <uint32_t kCount = kQueries>
[[gnu::always_inline]] inline void dot_queries(const uint8_t* block, uint32_t d,
                                               const int8_t* codes, uint32_t queries, float* sums) {
  if (queries == kCount)
    return dot_int8<kCount>(block, d, codes, d, reinterpret_cast<int32_t*>(sums), kChunkPositions);
  if constexpr (kCount > 1) dot_queries<kCount - 1>(block, d, codes, queries, sums);
}

/// Queries are quantized anew for each chunk, as many as fit: the stack has no room for all.
[[gnu::noinline]] inline void score_int8(const Queries& all, Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  const uint32_t count = visible(chunk, all.query[all.count - 1]);
  alignas(64) int8_t codes[format::kMaxHeadDimension];
  const uint32_t fitting = format::kMaxHeadDimension / d;
  for (uint32_t q = chunk.first, n; q < all.count; q += n) {
    n = all.count - q < fitting ? all.count - q : fitting;
    float scales[kQueries];
    for (uint32_t i = 0; i < n; ++i)
      scales[i] = quantize_group(all.query[q + i].floats, d, codes + i * d).scale * all.scale;
    for (uint32_t i = 0; i < count; i += format::kBlockRows)
      dot_queries(key_block(*all.cache, all.keys, chunk.begin + i), d, codes, n,
                  chunk.scores[q] + i);
    for (uint32_t i = 0; i < n; ++i)
      scale_sums(chunk.scores[q + i], all.keys.scales + chunk.begin, scales[i],
                 format::padded(count));
  }
}

inline void scale_lanes(float* lanes, float factor, uint32_t count) {
  const auto factors = f32_splat(factor);
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(lanes + i, f32_mul(f32_load(lanes + i), factors));
}

/// Moves the peaks on. corrections: what earlier sums and results are multiplied by.
inline void find_peaks(Queries& all, Chunk& chunk, float* corrections) {
  for (uint32_t q = chunk.first; q < all.count; ++q) {
    const uint32_t count = visible(chunk, all.query[q]);
    // What the cache holds beyond the last position was never written: no result may show it.
    for (uint32_t i = count; i < format::padded(count); ++i) chunk.scores[q][i] = -__builtin_inff();
    float& peak = all.softmaxes.peaks[q];
    const float higher = largest_score(peak, chunk.scores[q], format::padded(count));
    corrections[q] = peak - higher;
    peak = higher;
  }
  f32_store(corrections, exponential<Lanes8>(f32_load(corrections)));
}

/// Scores to weights, of values as they are stored.
[[gnu::noinline]] inline void weigh(Queries& all, Chunk& chunk) {
  alignas(32) float corrections[8] = {};
  find_peaks(all, chunk, corrections);
  for (uint32_t q = chunk.first; q < all.count; ++q) {
    float* scores = chunk.scores[q];
    const uint32_t padded = format::padded(visible(chunk, all.query[q]));
    float& sum = all.softmaxes.sums[q];
    sum = sum * corrections[q] + exponentiate_scores(all.softmaxes.peaks[q], scores, padded);
    scale_lanes(all.query[q].out, corrections[q], all.cache->head_dimension);
    if (all.cache->type == format::KvType::F16) continue;
    const float* value_scales = all.values.scales + chunk.begin;
    for (uint32_t i = 0; i < padded; i += 8)
      f32_store(scores + i, f32_mul(f32_load(scores + i), f32_load(value_scales + i)));
  }
}

/// out += Σ weight[t] · value[t], ascending t. Positions that only the later queries see come last.
template <class Element>
[[gnu::noinline]] inline void add_values(const Queries& all, const Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  const auto* values =
      reinterpret_cast<const Element*>(value_row(*all.cache, all.values, chunk.begin));
  for (uint32_t q = chunk.first, t = 0; q < all.count; ++q) {
    const uint32_t end = visible(chunk, all.query[q]);
    if (end == t) continue;
    ColumnInputs in;
    for (uint32_t i = q; i < all.count; ++i) {
      in.factors[i - q] = chunk.scores[i] + t;
      in.sums[i - q] = all.query[i].out;
    }
    add_columns_of<kQueries>(values + static_cast<size_t>(t) * d, d, end - t, in, all.count - q, d);
    t = end;
  }
}

[[gnu::always_inline]] inline void attend_chunk(Queries& all, Chunk& chunk) {
  const bool f16 = all.cache->type == format::KvType::F16;
  if (f16)
    score_f16(all, chunk);
  else
    score_int8(all, chunk);
  weigh(all, chunk);
  if (f16)
    add_values<uint16_t>(all, chunk);
  else
    add_values<int8_t>(all, chunk);
}

[[gnu::always_inline]] inline void attend_queries(Queries& all) {
  const uint32_t d = all.cache->head_dimension;
  for (uint32_t q = 0; q < all.count; ++q) clear(all.query[q].out, d);
  clear(all.softmaxes);
  Chunk chunk;
  chunk.first = 0;
  for (chunk.begin = 0; chunk.begin < all.query[all.count - 1].positions;
       chunk.begin += kChunkPositions) {
    while (all.query[chunk.first].positions <= chunk.begin) ++chunk.first;
    attend_chunk(all, chunk);
  }
  for (uint32_t q = 0; q < all.count; ++q) {
    float* out = all.query[q].out;
    const auto sum = f32_splat(all.softmaxes.sums[q]);
    for (uint32_t i = 0; i < d; i += 8) f32_store(out + i, f32_div(f32_load(out + i), sum));
  }
}

/// Rows [row, row + rows) of one sequence and one key/value head.
[[gnu::always_inline]] inline void attend_rows(const AttendArguments& a, uint32_t kv_head,
                                               uint32_t row, uint32_t rows) {
  const KvCache& cache = a.rows[row].layers[a.layer];
  const uint32_t d = cache.head_dimension;
  const uint32_t shared_by = a.heads / cache.kv_heads;
  Queries all{.cache = &cache,
              .keys = plane_of(cache, cache.keys, kv_head),
              .values = plane_of(cache, cache.values, kv_head),
              .scale = __builtin_bit_cast(float, a.scale_bits),
              .count = 0,
              .query = {},
              .softmaxes = {}};
  for (uint32_t i = 0; i < rows * shared_by; ++i) {
    const uint32_t r = row + i / shared_by;
    const uint32_t column = (kv_head * shared_by + i % shared_by) * d;
    all.query[all.count++] = {.floats = row_of(a.queries, r) + column,
                              .out = row_of(a.out, r) + column,
                              .positions = a.rows[r].position + 1};
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
