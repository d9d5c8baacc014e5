// Matrix multiplication: one block of 32 weight rows against every input row.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/rows.inl.h"

/// sums of one group: the ISA's own dot product, by type.
template <format::TensorType kType, uint32_t kTokens>
inline void dot_group(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                      int32_t* sums) {
  if constexpr (kType == format::TensorType::Int8)
    dot_int8<kTokens>(codes, k, q, q_stride, sums);
  else
    dot_int4<kTokens>(codes, k, q, q_stride, sums);
}

/// What one group's scaling reads.
struct GroupInputs {
  const uint16_t* weight_scales;  ///< [32]
  const uint8_t* zeros;           ///< [32], Int4Zero
  const float* scales;            ///< of the first token
  const int32_t* code_sums;       ///< of the first token
  size_t stride_bytes;            ///< from one token's scale or sum to the next's
};

/// Moves the sums of codes u to the sums of u − zero point, for 8 rows.
template <format::TensorType kType>
inline I32x8 centred(I32x8 sums, const uint8_t* zeros, int32_t code_sum) {
  if constexpr (kType == format::TensorType::Int4)
    return i32_sub(sums, i32_splat(8 * code_sum));
  else if constexpr (kType == format::TensorType::Int4Zero)
    return i32_sub(sums, i32_mul(i32_load_u8(zeros), i32_splat(code_sum)));
  else
    return sums;
}

template <class T>
inline T token_value(const T* first, size_t stride_bytes, uint32_t token) {
  return *reinterpret_cast<const T*>(reinterpret_cast<const uint8_t*>(first) +
                                     token * stride_bytes);
}

/// accumulators[t][r] += float(sum) · (weight scale · activation scale)
template <format::TensorType kType, uint32_t kTokens>
inline void add_group(const GroupInputs& group, const int32_t* sums, float* accumulators) {
  for (uint32_t row = 0; row < format::kBlockRows; row += 8) {
    const F32x8 weight_scale = f32_load_f16(group.weight_scales + row);
    const uint8_t* zeros = kType == format::TensorType::Int4Zero ? group.zeros + row : nullptr;
    for (uint32_t t = 0; t < kTokens; ++t) {
      const F32x8 scale =
          f32_mul(weight_scale, f32_splat(token_value(group.scales, group.stride_bytes, t)));
      const int32_t code_sum = token_value(group.code_sums, group.stride_bytes, t);
      const uint32_t at = t * format::kBlockRows + row;
      const I32x8 sum = centred<kType>(i32_load(sums + at), zeros, code_sum);
      const F32x8 product = f32_mul(f32_from_i32(sum), scale);
      f32_store(accumulators + at, f32_add(f32_load(accumulators + at), product));
    }
  }
}

/// out = accumulator (+ bias) (+ out), in this order.
inline void finish_row(const MatMulArguments& a, uint32_t block, uint32_t token,
                       const float* accumulators) {
  float* out = row_of(a.out, token) + block * format::kBlockRows;
  for (uint32_t row = 0; row < format::kBlockRows; row += 8) {
    F32x8 result = f32_load(accumulators + row);
    if (a.bias != nullptr)
      result = f32_add(result, f32_load(a.bias + block * format::kBlockRows + row));
    if (a.accumulate) result = f32_add(result, f32_load(out + row));
    f32_store(out + row, result);
  }
}

template <format::TensorType kType, uint32_t kTokens>
void matmul_integer(const MatMulArguments& a, uint32_t block, uint32_t token) {
  const Matrix& w = a.weights;
  const size_t groups = format::group_count(w.k, w.group);
  const size_t scale_start = block * groups * format::kBlockRows;
  const uint8_t* codes =
      w.codes + static_cast<size_t>(block) * format::block_code_bytes(kType, w.k);
  const QuantizedRow in = row_of(a.quantized_in, token);
  GroupInputs group{.weight_scales = w.scales + scale_start,
                    .zeros = w.zeros + (kType == format::TensorType::Int4Zero ? scale_start : 0),
                    .scales = in.scales,
                    .code_sums = in.sums,
                    .stride_bytes = a.quantized_in.stride_bytes};
  constexpr size_t kGroupsAhead = 8;
  alignas(32) int32_t sums[kTokens * format::kBlockRows];
  alignas(32) float accumulators[kTokens * format::kBlockRows] = {};
  for (uint32_t begin = 0; begin < w.k; begin += w.group) {
    const uint32_t columns = group_columns(w.group, begin, w.k);
    // The scales' stream is too thin for a CPU to see it: one line for each group.
    __builtin_prefetch(group.weight_scales + kGroupsAhead * format::kBlockRows);
    dot_group<kType, kTokens>(codes, columns, in.codes + begin, a.quantized_in.stride_bytes, sums);
    add_group<kType, kTokens>(group, sums, accumulators);
    codes += format::block_code_bytes(kType, columns);
    group.weight_scales += format::kBlockRows;
    if constexpr (kType == format::TensorType::Int4Zero) group.zeros += format::kBlockRows;
    ++group.scales;
    ++group.code_sums;
  }
  for (uint32_t t = 0; t < kTokens; ++t)
    finish_row(a, block, token + t, accumulators + t * format::kBlockRows);
}

/// out[32] = Σ over j < k of column j · x[j], ascending j: a block of halves against one row.
inline void dot_f16(const uint16_t* columns, uint32_t k, const float* x, float* out) {
  // Streamed once, so asked for before it is needed; a prefetch of what is not there is ignored.
  constexpr size_t kAheadHalves = 4096;
  F32x8 y0 = f32_splat(0.0f), y1 = y0, y2 = y0, y3 = y0;
  for (uint32_t j = 0; j < k; ++j, columns += format::kBlockRows) {
    __builtin_prefetch(columns + kAheadHalves);
    const auto x8 = f32_splat(x[j]);
    y0 = f32_add(y0, f32_mul(f32_load_f16(columns), x8));
    y1 = f32_add(y1, f32_mul(f32_load_f16(columns + 8), x8));
    y2 = f32_add(y2, f32_mul(f32_load_f16(columns + 16), x8));
    y3 = f32_add(y3, f32_mul(f32_load_f16(columns + 24), x8));
  }
  f32_store(out, y0);
  f32_store(out + 8, y1);
  f32_store(out + 16, y2);
  f32_store(out + 24, y3);
}

/// The same for 16 of the rows and four inputs; a, b are strips, 0 … 3 inputs.
/// out: [4][32], of which the 16 columns of these strips are written.
inline void dot_f16_four(const uint16_t* columns, uint32_t k, const float* x, size_t x_stride,
                         float* out) {
  F32x8 a0 = f32_splat(0.0f), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
  for (uint32_t j = 0; j < k; ++j, ++x, columns += format::kBlockRows) {
    const F32x8 a = f32_load_f16(columns);
    const F32x8 b = f32_load_f16(columns + 8);
    const auto x0 = f32_splat(x[0]);
    a0 = f32_add(a0, f32_mul(a, x0));
    b0 = f32_add(b0, f32_mul(b, x0));
    const auto x1 = f32_splat(x[x_stride]);
    a1 = f32_add(a1, f32_mul(a, x1));
    b1 = f32_add(b1, f32_mul(b, x1));
    const auto x2 = f32_splat(x[2 * x_stride]);
    a2 = f32_add(a2, f32_mul(a, x2));
    b2 = f32_add(b2, f32_mul(b, x2));
    const auto x3 = f32_splat(x[3 * x_stride]);
    a3 = f32_add(a3, f32_mul(a, x3));
    b3 = f32_add(b3, f32_mul(b, x3));
  }
  f32_store(out, a0);
  f32_store(out + 8, b0);
  f32_store(out + 32, a1);
  f32_store(out + 40, b1);
  f32_store(out + 64, a2);
  f32_store(out + 72, b2);
  f32_store(out + 96, a3);
  f32_store(out + 104, b3);
}

template <uint32_t kTokens>
void matmul_f16(const MatMulArguments& a, uint32_t block, uint32_t token) {
  const size_t block_halves = static_cast<size_t>(a.weights.k) * format::kBlockRows;
  const uint16_t* columns =
      reinterpret_cast<const uint16_t*>(a.weights.codes) + block * block_halves;
  alignas(32) float results[kTokens * format::kBlockRows];
  const float* x = row_of(a.in, token);
  if constexpr (kTokens == 4) {
    const size_t x_stride = a.in.stride_bytes / sizeof(float);
    dot_f16_four(columns, a.weights.k, x, x_stride, results);
    dot_f16_four(columns + 16, a.weights.k, x, x_stride, results + 16);
  } else {
    dot_f16(columns, a.weights.k, x, results);
  }
  for (uint32_t t = 0; t < kTokens; ++t)
    finish_row(a, block, token + t, results + t * format::kBlockRows);
}

using BlockMultiplication = void (*)(const MatMulArguments&, uint32_t block, uint32_t token);

/// Every input row against each block: `several` rows at a time, the rest one by one.
inline void matmul_blocks(const MatMulArguments& a, uint32_t first, uint32_t last, uint32_t several,
                          BlockMultiplication multiply_several, BlockMultiplication multiply_one) {
  for (uint32_t block = first; block < last; ++block) {
    uint32_t token = 0;
    for (; token + several <= a.count; token += several) multiply_several(a, block, token);
    for (; token < a.count; ++token) multiply_one(a, block, token);
  }
}

template <format::TensorType kType>
inline void matmul_integer_blocks(const MatMulArguments& a, uint32_t first, uint32_t last) {
  matmul_blocks(a, first, last, kMatMulTokens, matmul_integer<kType, kMatMulTokens>,
                matmul_integer<kType, 1>);
}

void matmul(const MatMulArguments& a, uint32_t first, uint32_t last) {
  switch (a.weights.type) {
    case format::TensorType::F16:
      return matmul_blocks(a, first, last, 4, matmul_f16<4>, matmul_f16<1>);
    case format::TensorType::Int8:
      return matmul_integer_blocks<format::TensorType::Int8>(a, first, last);
    case format::TensorType::Int4:
      return matmul_integer_blocks<format::TensorType::Int4>(a, first, last);
    default:
      return matmul_integer_blocks<format::TensorType::Int4Zero>(a, first, last);
  }
}
