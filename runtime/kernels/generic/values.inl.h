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

/// out += Σ weight[t] · value[t] over the positions that a query sees, ascending t. Positions that
/// the same queries see come together: windows begin and end in the order of the queries.
template <class Element>
[[gnu::noinline]] inline void add_values(const Queries& all, const Chunk& chunk,
                                         const Values<Element>& values) {
  uint32_t q = chunk.first, end;
  for (uint32_t t = values.begin; t < values.end; t = end) {
    while (q < all.count && visible(chunk, all.query[q]) <= t) ++q;
    if (q == all.count) return;
    const uint32_t last_visible = visible(chunk, all.query[q]);
    end = last_visible < values.end ? last_visible : values.end;
    ColumnInputs in;
    uint32_t inputs = 0;
    for (; q + inputs < all.count && hidden(chunk, all.query[q + inputs]) <= t; ++inputs) {
      in.factors[inputs] = chunk.scores[q + inputs] + t;
      in.sums[inputs] = all.query[q + inputs].out + values.column;
    }
    if (q + inputs < all.count) {
      const uint32_t next = hidden(chunk, all.query[q + inputs]);
      end = next < end ? next : end;
    }
    if (inputs != 0)
      add_columns_of<kQueries>(values.rows + (t - values.begin) * values.stride, values.stride,
                               end - t, in, inputs, values.columns);
  }
}

template <class Element>
[[gnu::noinline]] inline void add_values_of_chunk(const Queries& all, const Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  add_values<Element>(
      all, chunk,
      {.rows = reinterpret_cast<const Element*>(value_row(all.values, d, chunk.slot)),
       .stride = d,
       .begin = 0,
       .end = kChunkPositions,
       .column = 0,
       .columns = d});
}

/// Positions and columns whose codes are unpacked at once: the stack has no room for more.
inline constexpr uint32_t kUnpackedPositions = 8;
inline constexpr uint32_t kUnpackedColumns = 32;

[[gnu::noinline]] inline void add_int4_values(const Queries& all, const Chunk& chunk) {
  const uint32_t d = all.cache->head_dimension;
  const uint32_t count = visible(chunk, all.query[all.count - 1]);
  alignas(32) int8_t codes[kUnpackedPositions * kUnpackedColumns];
  for (uint32_t begin =
           hidden(chunk, all.query[chunk.first]) / kUnpackedPositions * kUnpackedPositions;
       begin < count; begin += kUnpackedPositions) {
    const uint32_t positions = group_columns(kUnpackedPositions, begin, count);
    const uint8_t* zeros = all.values.zeros + chunk.slot + begin;
    for (uint32_t column = 0; column < d; column += kUnpackedColumns) {
      const uint8_t* row = value_row(all.values, d, chunk.slot + begin) + column / 2;
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
