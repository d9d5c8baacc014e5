// Where the cache keeps a head's keys and values, and writing new positions into it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/int4_cache.inl.h"
#include "runtime/kernels/generic/quantize.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

/// One kv head's keys or values; format/layout.h says how they lie.
struct KvPlane {
  uint8_t* scales;  ///< int8_scales() or int4_scales()
  uint8_t* zeros;   ///< [block][group][32], Int4Zero
  uint8_t* codes;   ///< keys: blocks of 32 positions; values: rows
  format::TensorType type;
};
inline float* int8_scales(const KvPlane& plane) {
  return reinterpret_cast<float*>(plane.scales);
}
inline uint16_t* int4_scales(const KvPlane& plane) {
  return reinterpret_cast<uint16_t*>(plane.scales);
}

inline KvPlane plane_at(uint8_t* plane, format::TensorType type, const KvCache& cache) {
  const size_t positions = cache.padded_positions;
  if (type != format::TensorType::Int4Zero) {
    const size_t scale_bytes = type == format::TensorType::Int8 ? positions * 4 : 0;
    return {.scales = plane, .zeros = nullptr, .codes = plane + scale_bytes, .type = type};
  }
  const size_t scales = positions * format::group_count(cache.head_dimension, kCacheGroup);
  return {.scales = plane, .zeros = plane + 2 * scales, .codes = plane + 3 * scales, .type = type};
}
inline KvPlane key_plane(const KvCache& cache, uint32_t kv_head) {
  const size_t plane_bytes = size_t{cache.padded_positions} * cache.key_position_bytes;
  return plane_at(cache.keys + kv_head * plane_bytes, format::key_type(cache.type), cache);
}
inline KvPlane value_plane(const KvCache& cache, uint32_t kv_head) {
  const size_t plane_bytes = size_t{cache.padded_positions} * cache.value_position_bytes;
  return plane_at(cache.values + kv_head * plane_bytes, format::value_type(cache.type), cache);
}

/// Bytes of one position's codes.
inline uint32_t row_code_bytes(format::TensorType type, uint32_t head_dimension) {
  if (type == format::TensorType::Int4Zero) return format::padded(head_dimension) / 2;
  return type == format::TensorType::F16 ? 2 * head_dimension : head_dimension;
}
/// The block of 32 keys that position is in.
inline uint8_t* key_block(const KvPlane& keys, uint32_t head_dimension, uint32_t position) {
  return keys.codes + static_cast<size_t>(position / format::kBlockRows) * format::kBlockRows *
                          row_code_bytes(keys.type, head_dimension);
}
inline uint8_t* value_row(const KvPlane& values, uint32_t head_dimension, uint32_t position) {
  return values.codes + static_cast<size_t>(position) * row_code_bytes(values.type, head_dimension);
}
/// Where position has the scale and the zero point of group 0; the next group's is 32 further.
inline size_t int4_scale_index(uint32_t head_dimension, uint32_t position) {
  return static_cast<size_t>(position / format::kBlockRows) * format::kBlockRows *
             format::group_count(head_dimension, kCacheGroup) +
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
  for (uint32_t i = 0; i < d; ++i)
    to[is_key ? format::int8_code_offset(position % format::kBlockRows, i) : i] =
        static_cast<uint8_t>(codes[i]);
}

/// Two codes to a byte, in the order of a key block or of a value row.
inline void pack_int4(const int8_t* codes, bool is_key, uint32_t position, uint8_t* to) {
#pragma GCC unroll 1
  for (uint32_t i = 0; i < kCacheGroup / 2; ++i) {
    const uint32_t low = is_key ? i / 4 * 8 + i % 4 : i;
    const uint32_t high = low + (is_key ? 4 : kCacheGroup / 2);
    to[is_key ? format::int4_code_offset(position % format::kBlockRows, low) : i] =
        static_cast<uint8_t>(codes[low] | codes[high] << 4);
  }
}

inline void store_int4(const KvPlane& plane, bool is_key, uint32_t d, uint32_t position,
                       const float* from) {
  const uint32_t length = hadamard_length(d);
  float transformed[kHadamardColumns];
  uint8_t* to = is_key ? key_block(plane, d, position) : value_row(plane, d, position);
  size_t index = int4_scale_index(d, position);
  for (uint32_t begin = 0; begin < d; begin += kCacheGroup, index += format::kBlockRows) {
    const uint32_t within = begin % kHadamardColumns;
    if (is_key && within == 0)
      hadamard(from + begin, group_columns(kHadamardColumns, begin, d), length,
               1.0f / static_cast<float>(length), transformed);
    const uint32_t columns = group_columns(kCacheGroup, begin, d);
    int8_t codes[kCacheGroup];
    const Int4Scale scale =
        quantize_int4(is_key ? transformed + within : from + begin, columns, codes);
    for (uint32_t i = columns; i < kCacheGroup; ++i) codes[i] = 0;
    int4_scales(plane)[index] = scale.scale;
    plane.zeros[index] = scale.zero;
    pack_int4(codes, is_key, position, to);
    to += is_key ? format::kBlockRows * kCacheGroup / 2 : kCacheGroup / 2;
  }
}

[[gnu::noinline]] inline void store(const KvPlane& plane, bool is_key, uint32_t d,
                                    uint32_t position, const float* from) {
  if (plane.type == format::TensorType::F16) return store_f16(plane, is_key, d, position, from);
  if (plane.type == format::TensorType::Int8) return store_int8(plane, is_key, d, position, from);
  store_int4(plane, is_key, d, position, from);
}

void append_kv(const AppendKvArguments& a, uint32_t first, uint32_t last) {
  for (uint32_t row = first; row < last; ++row) {
    const KvCache& cache = a.rows[row].layers[a.layer];
    const uint32_t position = a.rows[row].position;
    const uint32_t d = cache.head_dimension;
    for (uint32_t head = 0; head < cache.kv_heads; ++head) {
      store(key_plane(cache, head), true, d, position, row_of(a.keys, row) + head * d);
      store(value_plane(cache, head), false, d, position, row_of(a.values, row) + head * d);
    }
  }
}
