// Weighted sums of a chunk's values, of each cache type.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/columns.inl.h"
#include "runtime/kernels/generic/queries.inl.h"

/// Some columns of neighboring positions of a chunk.
template <class Element>
struct Values {
  const Element* rows;       ///< [positions, columns], the first of position `begin`
  size_t stride;             ///< From one row to the next.
  uint32_t begin, end;       ///< Positions of the chunk.
  uint32_t column, columns;  ///< Of the head.
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
      in.factors[i - q] = chunk.scores[i] + t;
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
       .columns = d});
}

/// Positions and columns whose codes are unpacked at once: the stack has no room for more.
inline constexpr uint32_t kUnpackedPositions = 16;
inline constexpr uint32_t kUnpackedColumns = 32;

[[gnu::noinline]] inline void add_int4_values(const Queries& all, const Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  const uint32_t count = visible(chunk, all.query[all.count - 1]);
  alignas(32) int8_t codes[kUnpackedPositions * kUnpackedColumns];
  for (uint32_t begin = 0; begin < count; begin += kUnpackedPositions) {
    const uint32_t positions = group_columns(kUnpackedPositions, begin, count);
    const uint8_t* zeros = all.values.zeros + chunk.begin + begin;
    for (uint32_t column = 0; column < d; column += kUnpackedColumns) {
      const uint8_t* row = value_row(all.values, d, chunk.begin + begin) + column / 2;
      for (uint32_t t = 0; t < positions; ++t, row += format::kv_code_bytes(all.values.type, d))
        i8_unpack_nibbles(codes + t * kUnpackedColumns, row, zeros[t]);
      add_values<int8_t>(all, chunk,
                         {.rows = codes,
                          .stride = kUnpackedColumns,
                          .begin = begin,
                          .end = begin + positions,
                          .column = column,
                          .columns = group_columns(kUnpackedColumns, column, d)});
    }
  }
}
