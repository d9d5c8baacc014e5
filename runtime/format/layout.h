// Where each number is stored: the matrix blocks, activation rows and cache blocks that kernels
// read. The packer writes these layouts, the verifier sizes them, the kernels walk them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/core/checked.h"
#include "runtime/format/blob.h"

namespace nibble::format {

// A matrix [rows, k] is padded with zeros to multiples of 32 both ways and cut into blocks of 32
// rows, the unit of work of a matrix multiplication. A block holds four strips of 8 rows, one lane
// a row, interleaved so that a block is one sequential stream:
//
//   Int4   k/8 steps of 128 bytes: strip 0…3, each 32 bytes: row 0…7, each 4 bytes;
//          byte j: low nibble = column 8·step + j, high nibble = column 8·step + 4 + j
//   Int8   k/4 steps of 128 bytes: strip, row, column 4·step + j
//   F16    k steps of 64 bytes: rows 0…31 of one column
//
// Planes of a tensor, one after the other: codes [block][step], scales [block][group][32 rows]
// (IEEE half), and for Int4Zero zero points [block][group][32 rows] (bytes).
inline constexpr uint32_t kBlockRows = 32;
/// k and widths are padded to this; groups are multiples of it.
inline constexpr uint32_t kColumnUnit = 32;
/// Consecutive bytes of one row in a step, and all bytes of a step.
inline constexpr uint32_t kLaneBytes = 4;
inline constexpr uint32_t kStepBytes = kBlockRows * kLaneBytes;
/// The largest number of columns that share a scale.
inline constexpr uint32_t kMaxGroup = 128;
constexpr bool is_group(uint64_t columns) {
  return columns == 32 || columns == 64 || columns == kMaxGroup;
}

// Always inlined: kernels call these from objects built for one CPU, whose copy the linker must not
// keep for everyone.
[[gnu::always_inline]] constexpr uint32_t padded(uint32_t elements) {
  return align_up(elements, kColumnUnit);
}
/// Groups of a row of k columns; the last may be shorter. @pre group != 0
[[gnu::always_inline]] constexpr uint32_t group_count(uint32_t k, uint32_t group) {
  return (padded(k) + group - 1) / group;
}

/// Where a block has the code of a row, 0 … 31, and a column, in bytes.
[[gnu::always_inline]] constexpr size_t int8_code_offset(uint32_t row, uint32_t column) {
  return size_t{column / kLaneBytes} * kStepBytes + row * kLaneBytes + column % kLaneBytes;
}
/// The same for nibbles: two columns share a byte, and the later of them has its high nibble.
[[gnu::always_inline]] constexpr size_t int4_code_offset(uint32_t row, uint32_t column) {
  return size_t{column / (2 * kLaneBytes)} * kStepBytes + row * kLaneBytes + column % kLaneBytes;
}
[[gnu::always_inline]] constexpr uint32_t int4_code_shift(uint32_t column) {
  return column % (2 * kLaneBytes) < kLaneBytes ? 0 : 4;
}

constexpr bool is_matrix(TensorType type) {
  return type >= TensorType::F16;
}
constexpr bool is_quantized(TensorType type) {
  return type >= TensorType::Int8;
}

/// Bytes of one block of 32 rows in each plane. @pre k <= kMaxColumns
[[gnu::always_inline]] constexpr uint32_t block_code_bytes(TensorType type, uint32_t k) {
  return padded(k) * kBlockRows * 2 /
         (type == TensorType::F16    ? 1
          : type == TensorType::Int8 ? 2
                                     : 4);
}
[[gnu::always_inline]] constexpr uint32_t block_scale_bytes(uint32_t k, uint32_t group) {
  return group_count(k, group) * kBlockRows * 2;
}
[[gnu::always_inline]] constexpr uint32_t block_zero_bytes(uint32_t k, uint32_t group) {
  return group_count(k, group) * kBlockRows;
}

/// The planes of a tensor, in bytes.
struct TensorBytes {
  Checked codes = 0;
  Checked scales = 0;
  Checked zeros = 0;
  constexpr Checked total() const { return codes + scales + zeros; }
};
/// @pre the record's type is known, its shape within limits, group non-zero where quantized
constexpr TensorBytes tensor_bytes(const TensorRecord& tensor) {
  if (tensor.type == TensorType::F32Vector) return {.codes = Checked(padded(tensor.columns)) * 4};
  if (tensor.type == TensorType::U64Vector) return {.codes = Checked(tensor.columns) * 8};
  const Checked blocks = padded(tensor.rows) / kBlockRows;
  TensorBytes bytes{.codes = blocks * block_code_bytes(tensor.type, tensor.columns)};
  if (is_quantized(tensor.type))
    bytes.scales = blocks * block_scale_bytes(tensor.columns, tensor.group);
  if (tensor.type == TensorType::Int4Zero)
    bytes.zeros = blocks * block_zero_bytes(tensor.columns, tensor.group);
  return bytes;
}

// A row of quantized activations: int8_t codes[padded k], float scales[groups], int32_t
// sums[groups] (the sum of a group's codes), padded to 64 bytes.
constexpr uint32_t quantized_row_bytes(uint32_t width, uint32_t group) {
  const uint32_t used = padded(width) + group_count(width, group) * 8;
  return align_up(used, kAlignBytes);
}
/// Bytes from one row of a buffer to the next.
constexpr uint32_t row_bytes(const BufferRecord& buffer) {
  return buffer.type == BufferType::F32 ? padded(buffer.width) * 4
                                        : quantized_row_bytes(buffer.width, buffer.group);
}

// The cache of one layer: for each kv head a key plane, then for each kv head a value plane. Either
// is F16, Int8 or Int4Zero. Keys are a matrix that grows, in blocks of 32 positions laid out as
// weights with k = head dimension; values are rows, one per position.
//
//   F16       codes
//   Int8      a float scale for each padded position, then codes
//   Int4Zero  scales (IEEE half), then zero points of the same number (bytes), then codes; the head
//             dimension is padded to 32.
//             Keys: groups of kCacheGroup columns, with scales as weights have them
//             [block][group][32 positions].
//             Values: one scale for each padded position. A row has 16 bytes for each 32 columns:
//             byte j holds column j in its low nibble and column 16 + j in its high one.
inline constexpr uint32_t kCacheGroup = 32;
/// Positions that attention goes through at a time.
inline constexpr uint32_t kCacheChunk = 128;

/// Positions that a cache has room for. Rows that see a window of the last positions need those and
/// what their pass stores; older positions are overwritten, chunk by chunk.
/// @param window  0 = none
constexpr uint32_t cached_positions(uint32_t context_tokens, uint32_t window,
                                    uint32_t batch_tokens) {
  const uint32_t all = padded(context_tokens);
  if (window == 0) return all;
  const uint32_t needed = align_up(window + batch_tokens - 1, kCacheChunk);
  return needed < all ? needed : all;
}

[[gnu::always_inline]] constexpr TensorType key_type(KvType type) {
  if (type == KvType::F16) return TensorType::F16;
  return type == KvType::Int4 ? TensorType::Int4Zero : TensorType::Int8;
}
[[gnu::always_inline]] constexpr TensorType value_type(KvType type) {
  if (type == KvType::F16) return TensorType::F16;
  return type == KvType::Int8 ? TensorType::Int8 : TensorType::Int4Zero;
}

/// Bytes of one position's codes.
[[gnu::always_inline]] constexpr uint32_t kv_code_bytes(TensorType type, uint32_t head_dimension) {
  if (type == TensorType::Int4Zero) return padded(head_dimension) / 2;
  return type == TensorType::F16 ? 2 * head_dimension : head_dimension;
}
/// Bytes of one position with `scales` scales. A plane has them for each padded position.
[[gnu::always_inline]] constexpr uint32_t kv_position_bytes(TensorType type,
                                                            uint32_t head_dimension,
                                                            uint32_t scales) {
  const uint32_t scale_bytes = type == TensorType::F16 ? 0 : type == TensorType::Int8 ? 4 : 3;
  return kv_code_bytes(type, head_dimension) + scales * scale_bytes;
}
[[gnu::always_inline]] constexpr uint32_t key_position_bytes(KvType type, uint32_t head_dimension) {
  const bool has_groups = key_type(type) == TensorType::Int4Zero;
  return kv_position_bytes(key_type(type), head_dimension,
                           has_groups ? group_count(head_dimension, kCacheGroup) : 1);
}
[[gnu::always_inline]] constexpr uint32_t value_position_bytes(KvType type,
                                                               uint32_t head_dimension) {
  return kv_position_bytes(value_type(type), head_dimension, 1);
}

}  // namespace nibble::format
