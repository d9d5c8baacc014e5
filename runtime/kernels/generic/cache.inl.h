// Where the cache keeps a head's keys and values, and writing new positions into it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/int4_cache.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// One kv head's keys or values; format/layout.h says how they lie.
struct KvPlane {
  uint8_t* scales;  ///< int8_scales() or int4_scales()
  uint8_t* zeros;   ///< Int4Zero: as many as scales
  uint8_t* codes;   ///< keys: blocks of 32 positions; values: rows
  format::TensorType type;
};
inline float* int8_scales(const KvPlane& plane) {
  return reinterpret_cast<float*>(plane.scales);
}
inline uint16_t* int4_scales(const KvPlane& plane) {
  return reinterpret_cast<uint16_t*>(plane.scales);
}

/// Plane `head` of `planes`. @param position_bytes  Of one position in it.
inline KvPlane plane_of(const KvCache& cache, uint8_t* planes, uint32_t head,
                        uint32_t position_bytes, format::TensorType type) {
  const size_t positions = cache.padded_positions;
  const size_t scale_bytes =
      positions * (position_bytes - format::kv_code_bytes(type, cache.head_dimension));
  uint8_t* plane = planes + head * positions * position_bytes;
  return {.scales = plane,
          .zeros = plane + scale_bytes / 3 * 2,
          .codes = plane + scale_bytes,
          .type = type};
}
inline KvPlane key_plane(const KvCache& cache, uint32_t head) {
  return plane_of(cache, cache.keys, head, cache.key_position_bytes, format::key_type(cache.type));
}
inline KvPlane value_plane(const KvCache& cache, uint32_t head) {
  return plane_of(cache, cache.values, head, cache.value_position_bytes,
                  format::value_type(cache.type));
}

/// The block of 32 keys that position is in.
inline uint8_t* key_block(const KvPlane& keys, uint32_t head_dimension, uint32_t position) {
  return keys.codes + static_cast<size_t>(position / format::kBlockRows) * format::kBlockRows *
                          format::kv_code_bytes(keys.type, head_dimension);
}
inline uint8_t* value_row(const KvPlane& values, uint32_t head_dimension, uint32_t position) {
  return values.codes +
         static_cast<size_t>(position) * format::kv_code_bytes(values.type, head_dimension);
}
/// Where a key has the scale and the zero point of group 0; those of the next group are 32 further.
inline size_t int4_scale_index(uint32_t head_dimension, uint32_t position) {
  return static_cast<size_t>(position / format::kBlockRows) * format::padded(head_dimension) +
         position % format::kBlockRows;
}

inline void store_f16(const KvPlane& plane, bool is_key, uint32_t d, uint32_t position,
                      const float* from) {
  uint16_t* to = reinterpret_cast<uint16_t*>(is_key ? key_block(plane, d, position)
                                                    : value_row(plane, d, position));
  if (!is_key)
    for (uint32_t i = 0; i < d; i += 8) f32_store_f16(to + i, f32_load(from + i));
  else
    for (uint32_t i = 0; i < d; i += 8) {
      uint16_t halves[8];
      f32_store_f16(halves, f32_load(from + i));
      for (uint32_t j = 0; j < 8; ++j)
        to[(i + j) * format::kBlockRows + position % format::kBlockRows] = halves[j];
    }
}

inline void store_int8(const KvPlane& plane, bool is_key, uint32_t d, uint32_t position,
                       const float* from) {
  int8_t codes[format::kMaxHeadDimension];
  int8_scales(plane)[position] = quantize_group(from, d, codes).scale;
  uint8_t* to = is_key ? key_block(plane, d, position) : value_row(plane, d, position);
  // Four columns of a row are neighbors in a block too.
  for (uint32_t i = 0; i < d; i += 4)
    __builtin_memcpy(to + (is_key ? format::int8_code_offset(position % format::kBlockRows, i) : i),
                     codes + i, 4);
}

inline void store_int4_key(const KvPlane& plane, uint32_t d, uint32_t position, const float* from) {
  const uint32_t length = hadamard_length(d);
  float transformed[kHadamardColumns];
  uint8_t* block = key_block(plane, d, position);
  size_t index = int4_scale_index(d, position);
  for (uint32_t begin = 0; begin < d; begin += kCacheGroup, index += format::kBlockRows) {
    const uint32_t within = begin % kHadamardColumns;
    if (within == 0)
      hadamard(from + begin, group_columns(kHadamardColumns, begin, d), length,
               1.0f / static_cast<float>(length), transformed);
    int8_t codes[kCacheGroup];
    const Int4Scale scale = quantize_int4(transformed + within, kCacheGroup, codes);
    int4_scales(plane)[index] = scale.scale;
    plane.zeros[index] = scale.zero;
#pragma GCC unroll 1
    for (uint32_t i = 0; i < kCacheGroup; i += i % 8 == 3 ? 5 : 1)
      block[format::int4_code_offset(position % format::kBlockRows, begin + i)] =
          static_cast<uint8_t>(codes[i] | codes[i + 4] << 4);
  }
}

inline void store_int4_value(const KvPlane& plane, uint32_t d, uint32_t position,
                             const float* from) {
  int8_t codes[format::kMaxHeadDimension];
  const Int4Scale scale = quantize_int4(from, d, codes);
  for (uint32_t i = d; i < format::padded(d); ++i) codes[i] = 0;
  int4_scales(plane)[position] = scale.scale;
  plane.zeros[position] = scale.zero;
  uint8_t* row = value_row(plane, d, position);
  for (uint32_t begin = 0; begin < d; begin += 32)
#pragma GCC unroll 1
    for (uint32_t i = begin; i < begin + 16; ++i)
      *row++ = static_cast<uint8_t>(codes[i] | codes[i + 16] << 4);
}

[[gnu::noinline]] inline void store(const KvPlane& plane, bool is_key, uint32_t d,
                                    uint32_t position, const float* from) {
  if (plane.type == format::TensorType::F16) return store_f16(plane, is_key, d, position, from);
  if (plane.type == format::TensorType::Int8) return store_int8(plane, is_key, d, position, from);
  is_key ? store_int4_key(plane, d, position, from) : store_int4_value(plane, d, position, from);
}

void append_kv(const AppendKvArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t row = first; row < last; ++row) {
    const KvCache& cache = a.rows[row].layers[a.layer];
    const uint32_t position = a.rows[row].position % cache.padded_positions;
    const uint32_t d = cache.head_dimension;
    for (uint32_t head = 0; head < cache.kv_heads; ++head) {
      store(key_plane(cache, head), true, d, position, row_of(a.keys, row) + head * d);
      store(value_plane(cache, head), false, d, position, row_of(a.values, row) + head * d);
    }
  }
}
