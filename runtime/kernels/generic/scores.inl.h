// Scores of a chunk: the keys of each cache type times the queries.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/columns.inl.h"
#include "runtime/kernels/generic/matmul.inl.h"
#include "runtime/kernels/generic/queries.inl.h"

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
    const uint8_t* block = key_block(all.keys, d, chunk.slot + i);
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
      dot_queries(key_block(all.keys, d, chunk.slot + i), d, codes, n, chunk.scores[q] + i);
    for (uint32_t i = 0; i < n; ++i)
      scale_sums(chunk.scores[q + i], int8_scales(all.keys) + chunk.slot, scales[i],
                 format::padded(count));
  }
}

/// Transforms columns of a query as those of keys were, and quantizes them in groups of the same
/// length. out: [padded(columns)]
[[gnu::noinline]] inline void quantize_transformed(const float* query, uint32_t columns,
                                                   uint32_t length, const QuantizedRow& out) {
  float transformed[kHadamardColumns];
  hadamard(query, columns, length, 1.0f, transformed);
  quantize_row(out, kCacheGroup, format::padded(columns),
               [&](uint32_t begin, uint32_t, float*) { return transformed + begin; });
}

/// scores = or += the products of `a.weights.k` columns of a query, from `begin` on, and the keys.
inline void multiply_int4_keys(const Queries& all, const Chunk& chunk, uint32_t begin,
                               MatMulArguments& a, float* scores) {
  const uint32_t d = all.cache->head_dimension;
  const uint32_t count = visible(chunk, all.query[all.count - 1]);
  for (uint32_t i = 0; i < count; i += format::kBlockRows) {
    const size_t index = int4_scale_index(d, chunk.slot + i) + begin;
    a.weights.codes =
        key_block(all.keys, d, chunk.slot + i) + size_t{begin} * format::kBlockRows / 2;
    a.weights.scales = int4_scales(all.keys) + index;
    a.weights.zeros = all.keys.zeros + index;
    a.out.data = scores + i;
    matmul_integer<format::TensorType::Int4Zero, 1, 1>(a, 0, 0, 0);
  }
}

/// The chunk's keys as a matrix, kHadamardColumns columns after the other.
[[gnu::noinline]] inline void score_int4(const Queries& all, Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  constexpr uint32_t kGroupBytes = kHadamardColumns / kCacheGroup * 4;
  alignas(16) uint8_t row[kHadamardColumns + 2 * kGroupBytes];
  MatMulArguments a;
  a.weights.group = kCacheGroup;
  a.weights.type = format::TensorType::Int4Zero;
  a.quantized_in = {.data = row,
                    .stride_bytes = 0,
                    .scales_offset_bytes = kHadamardColumns,
                    .sums_offset_bytes = kHadamardColumns + kGroupBytes,
                    .group = kCacheGroup};
  a.count = 1;
  a.bias = nullptr;
  for (uint32_t q = chunk.first; q < all.count; ++q) {
    for (uint32_t begin = 0; begin < d; begin += kHadamardColumns) {
      const uint32_t columns = group_columns(kHadamardColumns, begin, d);
      quantize_transformed(all.query[q].floats + begin, columns, hadamard_length(d),
                           row_of(a.quantized_in, 0));
      a.weights.k = format::padded(columns);
      a.accumulate = begin != 0;
      multiply_int4_keys(all, chunk, begin, a, chunk.scores[q]);
    }
    scale_lanes(chunk.scores[q], all.scale,
                format::padded(visible(chunk, all.query[all.count - 1])));
  }
}
