// Where the cache keeps a head's keys and values, and writing new positions into it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// One kv head's plane of a cache; F16 planes have no scales.
struct KvPlane {
  float* scales;   ///< [padded positions], Int8
  uint8_t* codes;  ///< keys: blocks of 32 positions; values: rows of head_dimension
};

inline KvPlane plane_of(const KvCache& cache, uint8_t* planes, uint32_t kv_head) {
  uint8_t* plane = planes + kv_head * cache.plane_bytes;
  const bool scaled = cache.type == format::KvType::Int8;
  return {.scales = reinterpret_cast<float*>(plane),
          .codes = plane + (scaled ? static_cast<size_t>(cache.padded_positions) * 4 : 0)};
}

inline size_t element_bytes(const KvCache& cache) {
  return cache.type == format::KvType::F16 ? 2 : 1;
}

/// The block of 32 keys that position is in.
inline uint8_t* key_block(const KvCache& cache, const KvPlane& keys, uint32_t position) {
  return keys.codes + static_cast<size_t>(position / format::kBlockRows) * format::kBlockRows *
                          cache.head_dimension * element_bytes(cache);
}
inline uint8_t* value_row(const KvCache& cache, const KvPlane& values, uint32_t position) {
  return values.codes + static_cast<size_t>(position) * cache.head_dimension * element_bytes(cache);
}

inline void store_f16(const KvCache& cache, uint32_t kv_head, uint32_t position, const float* key,
                      const float* value) {
  uint16_t* column = reinterpret_cast<uint16_t*>(
                         key_block(cache, plane_of(cache, cache.keys, kv_head), position)) +
                     position % format::kBlockRows;
  uint16_t* row = reinterpret_cast<uint16_t*>(
      value_row(cache, plane_of(cache, cache.values, kv_head), position));
  for (uint32_t i = 0; i < cache.head_dimension; i += 8) {
    uint16_t halves[8];
    f32_store_f16(halves, f32_load(key + i));
    for (uint32_t j = 0; j < 8; ++j) column[(i + j) * format::kBlockRows] = halves[j];
    f32_store_f16(row + i, f32_load(value + i));
  }
}

inline void store_int8(const KvCache& cache, uint32_t kv_head, uint32_t position, const float* key,
                       const float* value) {
  const KvPlane keys = plane_of(cache, cache.keys, kv_head);
  const KvPlane values = plane_of(cache, cache.values, kv_head);
  int8_t codes[format::kMaxHeadDimension];
  keys.scales[position] = quantize_group(key, cache.head_dimension, codes).scale;
  uint8_t* block = key_block(cache, keys, position);
  for (uint32_t i = 0; i < cache.head_dimension; ++i)
    block[format::int8_code_offset(position % format::kBlockRows, i)] =
        static_cast<uint8_t>(codes[i]);
  int8_t* row = reinterpret_cast<int8_t*>(value_row(cache, values, position));
  values.scales[position] = quantize_group(value, cache.head_dimension, row).scale;
}

void append_kv(const AppendKvArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t row = first; row < last; ++row) {
    const KvCache& cache = a.rows[row].layers[a.layer];
    const uint32_t position = a.rows[row].position;
    const uint32_t d = cache.head_dimension;
    const float* key = row_of(a.keys, row);
    const float* value = row_of(a.values, row);
    for (uint32_t head = 0; head < cache.kv_heads; ++head, key += d, value += d) {
      if (cache.type == format::KvType::F16)
        store_f16(cache, head, position, key, value);
      else
        store_int8(cache, head, position, key, value);
    }
  }
}
