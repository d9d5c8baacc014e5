// Weighted sums of a chunk's values, of each cache type.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/columns.inl.h"
#include "runtime/kernels/generic/queries.inl.h"

/// Some columns of neighboring positions of a chunk, and the weights of these positions.
template <class Element>
struct Values {
  const Element* rows;       ///< [positions, columns], the first of position `begin`
  size_t stride;             ///< From one row to the next.
  uint32_t begin, end;       ///< Positions of the chunk.
  uint32_t column, columns;  ///< Of the head.
  const float* weights;      ///< Of the first query that sees the chunk, for `begin`.
  size_t weights_stride;     ///< From one query's to the next's.
};

/// out += Σ weight[t] · value[t], ascending t. Positions that only the later queries see come last.
template <class Element>
[[gnu::noinline]] inline void add_values(const Queries& all, const Chunk& chunk,
                                         const Values<Element>& values) {
  for (uint32_t q = chunk.first, t = values.begin; q < all.count; ++q) {
    const uint32_t visible_end = visible(chunk, all.query[q]);
    const uint32_t end = visible_end < values.end ? visible_end : values.end;
    if (end <= t) continue;
    ColumnInputs in;
    for (uint32_t i = q; i < all.count; ++i) {
      in.factors[i - q] =
          values.weights + (i - chunk.first) * values.weights_stride + (t - values.begin);
      in.sums[i - q] = all.query[i].out + values.column;
    }
    add_columns_of<kQueries>(values.rows + (t - values.begin) * values.stride, values.stride,
                             end - t, in, all.count - q, values.columns);
    t = end;
  }
}

template <class Element>
[[gnu::noinline]] inline void add_values_of_chunk(const Queries& all, const Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  add_values<Element>(
      all, chunk,
      {.rows = reinterpret_cast<const Element*>(value_row(all.values, d, chunk.begin)),
       .stride = d,
       .begin = 0,
       .end = kChunkPositions,
       .column = 0,
       .columns = d,
       .weights = chunk.scores[chunk.first],
       .weights_stride = kChunkPositions});
}

/// Positions whose codes are unpacked at once: the stack has no room for more.
inline constexpr uint32_t kUnpackedPositions = 8;

/// One group of the positions from `begin` on.
inline void add_int4_group(const Queries& all, const Chunk& chunk, uint32_t begin, uint32_t end,
                           uint32_t column) {
  const uint32_t d = all.cache->head_dimension;
  const size_t index =
      int4_scale_index(d, chunk.begin + begin) + column / kCacheGroup * format::kBlockRows;
  alignas(32) int8_t codes[kUnpackedPositions * kCacheGroup];
  alignas(32) float weights[kQueries * kUnpackedPositions];
  const uint8_t* row = value_row(all.values, d, chunk.begin + begin) + column / 2;
  for (uint32_t t = 0; t < end - begin; ++t, row += row_code_bytes(all.values.type, d))
    i8_unpack_nibbles(codes + t * kCacheGroup, row, all.values.zeros[index + t]);
  const F32x8 scales = f32_load_f16(int4_scales(all.values) + index);
  for (uint32_t q = chunk.first; q < all.count; ++q)
    f32_store(weights + (q - chunk.first) * kUnpackedPositions,
              f32_mul(f32_load(chunk.scores[q] + begin), scales));
  add_values<int8_t>(all, chunk,
                     {.rows = codes,
                      .stride = kCacheGroup,
                      .begin = begin,
                      .end = end,
                      .column = column,
                      .columns = group_columns(kCacheGroup, column, d),
                      .weights = weights,
                      .weights_stride = kUnpackedPositions});
}

[[gnu::noinline]] inline void add_int4_values(const Queries& all, const Chunk& chunk) {
  const uint32_t count = visible(chunk, all.query[all.count - 1]);
  for (uint32_t begin = 0; begin < count; begin += kUnpackedPositions) {
    const uint32_t end = begin + group_columns(kUnpackedPositions, begin, count);
    for (uint32_t column = 0; column < all.cache->head_dimension; column += kCacheGroup)
      add_int4_group(all, chunk, begin, end, column);
  }
}
