// Operations on positions: rotary_table, rotate and append_kv; attend has a file of its own.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <nibble/cpu.h>

#include <algorithm>

#include "offline/distill/op_functions.h"
#include "offline/files/half.h"
#include "runtime/kernels/kernels.h"

namespace nibble::offline {
namespace {

/// Angles are constants to training, so the runtime's kernel computes them for all types of number.
template <class Real>
void rotary_table(const OpOperands<Real>& o) {
  const uint32_t width = o.output->width, padded = format::padded(width);
  std::vector<float> table(size_t{o.shape.sequence_tokens} * padded);
  std::vector<RowPlace> places(o.shape.sequence_tokens);
  for (uint32_t i = 0; i < o.shape.sequence_tokens; ++i) places[i] = {nullptr, i};
  best_kernels(0)->rotary_table({.increments = o.tensor[0]->increments.data(),
                                 .pairs = width / 2,
                                 .rows = places.data(),
                                 .out = {table.data(), padded * sizeof(float)}},
                                0, o.shape.sequence_tokens);
  for (uint32_t row = 0; row < o.output->rows; ++row) {
    const float* const from = table.data() + size_t{row % o.shape.sequence_tokens} * padded;
    std::copy_n(from, width, o.output->row(row));
  }
}

template <class Real>
void no_gradient(const OpOperands<Real>&) {}

/// x' = x·cos − y·sin, y' = y·cos + x·sin for each pair; `direction` −1 turns back.
template <class Real>
void rotate_rows(const OpOperands<Real>& o, Real direction, Rows<Real>& rows) {
  const uint32_t heads = o.op.argument[0], head_dimension = o.op.argument[1];
  const uint32_t pairs = o.input[0]->width / 2;
  for (uint32_t row = 0; row < rows.rows; ++row) {
    const Real* const cosines = o.input[0]->row(row);
    const Real* const sines = cosines + pairs;
    for (uint32_t head = 0; head < heads; ++head) {
      Real* const x = rows.row(row) + size_t{head} * head_dimension;
      Real* const y = x + pairs;
      for (uint32_t i = 0; i < pairs; ++i) {
        const Real sine = direction * sines[i], old_x = x[i], old_y = y[i];
        x[i] = old_x * cosines[i] - old_y * sine;
        y[i] = old_y * cosines[i] + old_x * sine;
      }
    }
  }
}

template <class Real>
void rotate(const OpOperands<Real>& o) {
  rotate_rows(o, Real{1}, *o.output);
}
/// The transpose of a rotation is the rotation back.
template <class Real>
void rotate_backward(const OpOperands<Real>& o) {
  rotate_rows(o, Real{-1}, *o.output_gradient);
}

template <class Real>
void copy_to_cache(const Rows<Real>& rows, bool as_halves, Rows<Real>& cache) {
  cache = rows;
  if (!as_halves) return;
  for (Real& value : cache.values) {
    value = float_from_half(half_from_float(static_cast<float>(value)));
  }
}

template <class Real>
void append_kv(const OpOperands<Real>& o) {
  const format::CacheShape common{o.shape.kv_heads, o.shape.head_dimension, 0};
  o.cache->shape = cache_shape(common, o.op);
  copy_to_cache(*o.input[0], o.shape.cache_of_halves, o.cache->keys);
  copy_to_cache(*o.input[1], o.shape.cache_of_halves, o.cache->values);
}

template <class Real>
void add_all(const std::vector<Real>& from, std::vector<Real>& to) {
  for (size_t i = 0; i < from.size(); ++i) to[i] += from[i];
}

template <class Real>
void append_kv_backward(const OpOperands<Real>& o) {
  add_all(o.cache_gradient->keys.values, o.input_gradient[0]->values);
  add_all(o.cache_gradient->values.values, o.input_gradient[1]->values);
}

}  // namespace

template <class Real>
OpFunctions<Real> rotary_table_functions() {
  return {rotary_table<Real>, no_gradient<Real>};
}
template <class Real>
OpFunctions<Real> rotate_functions() {
  return {rotate<Real>, rotate_backward<Real>, {true}};
}
template <class Real>
OpFunctions<Real> append_kv_functions() {
  return {append_kv<Real>, append_kv_backward<Real>};
}

#define NIBBLE_INSTANTIATE(Real)                       \
  template OpFunctions<Real> rotary_table_functions(); \
  template OpFunctions<Real> rotate_functions();       \
  template OpFunctions<Real> append_kv_functions();
NIBBLE_INSTANTIATE(float)
NIBBLE_INSTANTIATE(double)
#undef NIBBLE_INSTANTIATE

}  // namespace nibble::offline
