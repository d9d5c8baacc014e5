// Matrix multiplication: one block of 32 weight rows against every input row.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/columns.inl.h"
#include "runtime/kernels/generic/rows.inl.h"

// 16 bits hold what sets gather of a group, and a float every sum of codes.
static_assert(format::kMaxGroup <= 128 && format::kMaxHeadDimension <= 256);

/// sums of one group: the ISA's own dot product, by the width of the codes.
template <bool kIsInt8, uint32_t kTokens>
inline void dot_group(const uint8_t* codes, uint32_t k, const int8_t* q, size_t q_stride,
                      int32_t* sums) {
  if constexpr (kIsInt8)
    dot_int8<kTokens>(codes, k, q, q_stride, sums, format::kBlockRows);
  else
    dot_int4<kTokens>(codes, k, q, q_stride, sums, format::kBlockRows);
}

/// What one group's scaling reads.
struct GroupInputs {
  const uint16_t* weight_scales;  ///< [32]
  const uint8_t* zeros;           ///< [32], Int4Zero
  const float* scales;            ///< of the first token
  const int32_t* code_sums;       ///< of the first token
  size_t stride_bytes;            ///< from one token's scale or sum to the next's
};

/// Moves the sums of codes u to the sums of u − zero point, a lane for each row.
template <class Lanes, format::TensorType kType, class Integers>
inline Integers centered(Integers sums, const uint8_t* zeros, int32_t code_sum) {
  if constexpr (kType == format::TensorType::Int4)
    return i32_sub(sums, Lanes::splat_integer(8 * code_sum));
  else if constexpr (kType == format::TensorType::Int4Zero)
    return i32_sub(sums, i32_mul(Lanes::load_integers(zeros), Lanes::splat_integer(code_sum)));
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
  using Lanes = WideLanes;
  for (uint32_t row = 0; row < format::kBlockRows; row += Lanes::kCount) {
    const auto weight_scale = Lanes::load(group.weight_scales + row);
    const uint8_t* zeros = kType == format::TensorType::Int4Zero ? group.zeros + row : nullptr;
    for (uint32_t t = 0; t < kTokens; ++t) {
      const auto scale =
          f32_mul(weight_scale, Lanes::splat(token_value(group.scales, group.stride_bytes, t)));
      const int32_t code_sum = token_value(group.code_sums, group.stride_bytes, t);
      const uint32_t at = t * format::kBlockRows + row;
      const auto sum = centered<Lanes, kType>(Lanes::load_integers(sums + at), zeros, code_sum);
      const auto product = f32_mul(f32_from_i32(sum), scale);
      f32_store(accumulators + at, f32_add(Lanes::load(accumulators + at), product));
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

/// kBlocks blocks, `distance` blocks apart, group by group in turn: each is a stream of its own.
template <format::TensorType kType, uint32_t kTokens, uint32_t kBlocks>
void matmul_integer(const MatMulArguments& a, uint32_t block, uint32_t distance, uint32_t token) {
  constexpr bool kHasZeros = kType == format::TensorType::Int4Zero;
  const Matrix& w = a.weights;
  const size_t block_scales = size_t{format::group_count(w.k, w.group)} * format::kBlockRows;
  const size_t block_bytes = format::block_code_bytes(kType, w.k);
  const QuantizedRow in = row_of(a.quantized_in, token);
  const uint8_t* codes = w.codes + block * block_bytes;
  GroupInputs group{.weight_scales = w.scales + block * block_scales,
                    .zeros = w.zeros + (kHasZeros ? block * block_scales : 0),
                    .scales = in.scales,
                    .code_sums = in.sums,
                    .stride_bytes = a.quantized_in.stride_bytes};
  constexpr size_t kGroupsAhead = 8;
  constexpr uint32_t kSums = kTokens * format::kBlockRows;
  alignas(32) int32_t sums[kSums];
  alignas(32) float accumulators[kBlocks * kSums] = {};
  for (uint32_t begin = 0; begin < w.k; begin += w.group) {
    const uint32_t columns = group_columns(w.group, begin, w.k);
#pragma GCC unroll 1
    for (uint32_t b = 0; b < kBlocks; ++b) {
      GroupInputs of_block = group;
      of_block.weight_scales += b * distance * block_scales;
      if constexpr (kHasZeros) of_block.zeros += b * distance * block_scales;
      // The scales' stream is too thin for a CPU to see it: one line for each group.
      __builtin_prefetch(of_block.weight_scales + kGroupsAhead * format::kBlockRows);
      dot_group<kType == format::TensorType::Int8, kTokens>(codes + b * distance * block_bytes,
                                                            columns, in.codes + begin,
                                                            a.quantized_in.stride_bytes, sums);
      add_group<kType, kTokens>(of_block, sums, accumulators + b * kSums);
    }
    codes += format::block_code_bytes(kType, columns);
    group.weight_scales += format::kBlockRows;
    if constexpr (kHasZeros) group.zeros += format::kBlockRows;
    ++group.scales;
    ++group.code_sums;
  }
  for (uint32_t i = 0; i < kBlocks * kTokens; ++i)
    finish_row(a, block + i / kTokens * distance, token + i % kTokens,
               accumulators + i * format::kBlockRows);
}

template <uint32_t kTokens>
void matmul_f16(const MatMulArguments& a, uint32_t block, uint32_t, uint32_t token) {
  const size_t block_halves = static_cast<size_t>(a.weights.k) * format::kBlockRows;
  const uint16_t* columns =
      reinterpret_cast<const uint16_t*>(a.weights.codes) + block * block_halves;
  alignas(32) float results[kTokens * format::kBlockRows];
  ColumnInputs in;
  for (uint32_t t = 0; t < kTokens; ++t) {
    in.factors[t] = row_of(a.in, token + t);
    in.sums[t] = results + t * format::kBlockRows;
    clear(in.sums[t], format::kBlockRows);
  }
  add_columns<kTokens>(columns, format::kBlockRows, a.weights.k, in, format::kBlockRows);
  for (uint32_t t = 0; t < kTokens; ++t)
    finish_row(a, block, token + t, results + t * format::kBlockRows);
}

/// Tokens that meet a block together where there are fewer than kMatMulTokens: a small batch.
inline constexpr uint32_t kFewTokens = kMatMulTokens > 4 ? 4 : 1;

/// How a set multiplies: several tokens with a block, fewer, one token with a block, one with
/// several.
struct Multiplication {
  using Function = void (*)(const MatMulArguments&, uint32_t block, uint32_t distance,
                            uint32_t token);
  uint32_t tokens;
  Function several_tokens;
  Function few_tokens;  ///< kFewTokens
  Function one_token;
  uint32_t blocks;
  Function several_blocks;
};

/// One token: the blocks in as many runs of equal length as are walked in turn.
/// @returns the first block left
inline uint32_t matmul_runs(const MatMulArguments& a, uint32_t first, uint32_t last,
                            const Multiplication& multiplication) {
  const uint32_t distance = (last - first) / multiplication.blocks;
  for (uint32_t i = 0; i < distance; ++i) multiplication.several_blocks(a, first + i, distance, 0);
  return first + distance * multiplication.blocks;
}

/// Every input row against each block: several rows at a time, the rest one by one.
inline void matmul_blocks(const MatMulArguments& a, uint32_t first, uint32_t last,
                          const Multiplication& multiplication) {
  if (a.count == 1 && a.in_streams) first = matmul_runs(a, first, last, multiplication);
  for (uint32_t block = first; block < last; ++block) {
    uint32_t token = 0;
    for (; token + multiplication.tokens <= a.count; token += multiplication.tokens)
      multiplication.several_tokens(a, block, 0, token);
    for (; token + kFewTokens <= a.count; token += kFewTokens)
      multiplication.few_tokens(a, block, 0, token);
    for (; token < a.count; ++token) multiplication.one_token(a, block, 0, token);
  }
}

template <format::TensorType kType>
inline void matmul_integer_blocks(const MatMulArguments& a, uint32_t first, uint32_t last) {
  matmul_blocks(a, first, last,
                {.tokens = kMatMulTokens,
                 .several_tokens = matmul_integer<kType, kMatMulTokens, 1>,
                 .few_tokens = matmul_integer<kType, kFewTokens, 1>,
                 .one_token = matmul_integer<kType, 1, 1>,
                 .blocks = kMatMulBlocks,
                 .several_blocks = matmul_integer<kType, 1, kMatMulBlocks>});
}

void matmul(const MatMulArguments& a, uint32_t first, uint32_t last) {
  switch (a.weights.type) {
    case format::TensorType::F16:
      return matmul_blocks(a, first, last,
                           {.tokens = kColumnInputs,
                            .several_tokens = matmul_f16<kColumnInputs>,
                            .few_tokens = matmul_f16<kFewTokens>,
                            .one_token = matmul_f16<1>,
                            .blocks = 1,
                            .several_blocks = matmul_f16<1>});
    case format::TensorType::Int8:
      return matmul_integer_blocks<format::TensorType::Int8>(a, first, last);
    case format::TensorType::Int4:
      return matmul_integer_blocks<format::TensorType::Int4>(a, first, last);
    case format::TensorType::Int4Zero:
      return matmul_integer_blocks<format::TensorType::Int4Zero>(a, first, last);
    case format::TensorType::F32Vector:
    case format::TensorType::U64Vector:
      return;  // No matrix: the verifier let none through.
  }
}
