// Queries that attend together, and the chunk of the cache that they are at.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/cache.inl.h"
#include "runtime/kernels/generic/softmax.inl.h"

inline constexpr uint32_t kChunkPositions = format::kCacheChunk;
/// Queries that go through the cache together: the stack has no room for the scores of more.
inline constexpr uint32_t kQueries = kMatMulTokens == 1 ? 1 : 3;

/// A head of a row.
struct Query {
  const float* floats;
  float* out;
  uint32_t first;      ///< The first position that it sees.
  uint32_t positions;  ///< The row's position + 1.
  Softmax softmax;
};

/// Up to kQueries queries of one key/value head, with ascending positions.
struct Queries {
  const KvCache* cache;
  KvPlane keys, values;
  float scale;  ///< Of scores.
  float cap;    ///< That scores stay below; 0 = none.
  uint32_t count;
  Query query[kQueries];
};

/// Positions of one chunk that the queries from `first` on look at.
struct Chunk {
  uint32_t begin;
  uint32_t slot;  ///< Where the cache keeps position `begin`.
  uint32_t first;
  alignas(32) float scores[kQueries][kChunkPositions];  ///< then weights
};

/// How many of the chunk's positions a query sees.
inline uint32_t visible(const Chunk& chunk, const Query& query) {
  return group_columns(kChunkPositions, chunk.begin, query.positions);
}

/// How many of the chunk's positions are before those that a query sees.
inline uint32_t hidden(const Chunk& chunk, const Query& query) {
  return query.first > chunk.begin ? group_columns(kChunkPositions, chunk.begin, query.first) : 0;
}

inline void scale_lanes(float* lanes, float factor, uint32_t count) {
  const auto factors = f32_splat(factor);
  for (uint32_t i = 0; i < count; i += 8)
    f32_store(lanes + i, f32_mul(f32_load(lanes + i), factors));
}
