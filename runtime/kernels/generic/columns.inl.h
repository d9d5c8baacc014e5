// Sums of columns times numbers: halves of a matrix times a row, values of the cache times weights.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "runtime/kernels/generic/lanes.inl.h"

/// Zeros. @pre count is a multiple of 8
inline void clear(float* sums, uint32_t count) {
  for (uint32_t i = 0; i < count; i += 8) f32_store(sums + i, f32_splat(0.0f));
}

/// Inputs that meet the same columns at once, at most.
inline constexpr uint32_t kColumnInputs = kMatMulTokens == 1 ? 1 : 4;
struct ColumnInputs {
  const float* factors[kColumnInputs];  ///< One for each column.
  float* sums[kColumnInputs];           ///< One for each element of a column.
};

inline constexpr size_t kColumnsAhead = 128;
/// Strips of one input whose sums are in registers at once. Plain code has registers for one.
inline constexpr uint32_t kMostStrips = kMatMulTokens == 1 ? 1 : 4;

/// The numbers 0 … kCount − 1 as a parameter pack. A pack of vectors is what an array of vectors
/// would be, if every set's vectors had a size.
template <uint32_t... kSum>
struct SumNumbers {};
template <uint32_t kCount, uint32_t... kSum>
struct Numbered : Numbered<kCount - 1, kCount - 1, kSum...> {};
template <uint32_t... kSum>
struct Numbered<0, kSum...> {
  static constexpr SumNumbers<kSum...> kNumbers{};
};
template <class Lanes, uint32_t>
using Sum = typename Lanes::Vector;

/// Sum s has the lanes of strip s % kStrips for input s / kStrips.
template <class Lanes, uint32_t kStrips, class Element, uint32_t... kSum>
[[gnu::always_inline]] inline void add_products(SumNumbers<kSum...>, const Element* columns,
                                                size_t stride, uint32_t count,
                                                const ColumnInputs& in, uint32_t lane,
                                                Sum<Lanes, kSum>... sums) {
  columns += lane;
  for (uint32_t j = 0; j < count; ++j, columns += stride) {
    // Streamed once, so asked for before it is needed; a prefetch of what is not there is ignored.
    __builtin_prefetch(columns + kColumnsAhead * stride);
    ((sums = f32_add(sums, f32_mul(Lanes::load(columns + Lanes::kCount * (kSum % kStrips)),
                                   Lanes::splat(in.factors[kSum / kStrips][j])))),
     ...);
  }
  (f32_store(in.sums[kSum / kStrips] + lane + Lanes::kCount * (kSum % kStrips), sums), ...);
}
template <class Lanes, uint32_t kStrips, class Element, uint32_t... kSum>
[[gnu::always_inline]] inline void add_strips(SumNumbers<kSum...> numbers, const Element* columns,
                                              size_t stride, uint32_t count, const ColumnInputs& in,
                                              uint32_t lane) {
  add_products<Lanes, kStrips>(
      numbers, columns, stride, count, in, lane,
      Lanes::load(in.sums[kSum / kStrips] + lane + Lanes::kCount * (kSum % kStrips))...);
}

/// Strips of the lanes from `lane` on, as many at once as are asked for. @returns the first lane
/// left
template <class Lanes, uint32_t kStrips, uint32_t kInputs, class Element>
[[gnu::always_inline]] inline uint32_t add_lanes(const Element* columns, size_t stride,
                                                 uint32_t count, const ColumnInputs& in,
                                                 uint32_t lane, uint32_t lanes) {
  constexpr uint32_t kStep = kStrips * Lanes::kCount;
  for (; lane + kStep <= lanes; lane += kStep)
    add_strips<Lanes, kStrips>(Numbered<kStrips * kInputs>::kNumbers, columns, stride, count, in,
                               lane);
  return lane;
}

/// sums[lane] += Σ over j < count of columns[j · stride + lane] · factors[j], ascending j, for one
/// input and `lanes` lanes, a multiple of 8. Sums that do not wait for each other come together.
template <class Element>
[[gnu::noinline]] inline void add_columns_once(const Element* columns, size_t stride,
                                               uint32_t count, const float* factors, float* sums,
                                               uint32_t lane, uint32_t lanes) {
  ColumnInputs in;
  in.factors[0] = factors;
  in.sums[0] = sums;
  if constexpr (kMostStrips > 1) {
    lane = add_lanes<WideLanes, kMostStrips, 1>(columns, stride, count, in, lane, lanes);
    lane = add_lanes<WideLanes, 2, 1>(columns, stride, count, in, lane, lanes);
  }
  lane = add_lanes<WideLanes, 1, 1>(columns, stride, count, in, lane, lanes);
  if constexpr (WideLanes::kCount > 8)
    add_lanes<Lanes8, 1, 1>(columns, stride, count, in, lane, lanes);
}

/// The same for each of kInputs inputs. What is left of lanes is too little to share.
template <uint32_t kInputs, class Element>
inline void add_columns(const Element* columns, size_t stride, uint32_t count,
                        const ColumnInputs& in, uint32_t lanes) {
  uint32_t lane = 0;
  if constexpr (kInputs > 1)
    lane = add_lanes<WideLanes, 2, kInputs>(columns, stride, count, in, 0, lanes);
  for (uint32_t i = 0; i < kInputs && lane < lanes; ++i)
    add_columns_once(columns, stride, count, in.factors[i], in.sums[i], lane, lanes);
}

/// The same for as many inputs as there are, at most kMost.
template <uint32_t kMost, class Element>
[[gnu::always_inline]] inline void add_columns_of(const Element* columns, size_t stride,
                                                  uint32_t count, const ColumnInputs& in,
                                                  uint32_t inputs, uint32_t lanes) {
  if (inputs == kMost) return add_columns<kMost>(columns, stride, count, in, lanes);
  if constexpr (kMost > 1) add_columns_of<kMost - 1>(columns, stride, count, in, inputs, lanes);
}
