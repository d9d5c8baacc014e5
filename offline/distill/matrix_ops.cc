// Operations that read matrices: embed and matmul.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <bit>

#include "offline/distill/matrix_product.h"
#include "offline/distill/op_functions.h"

namespace nibble::offline {
namespace {

/// Where a row of the pass has its row of the table, in elements.
template <class Real>
size_t embedded_at(const OpOperands<Real>& o, uint32_t row) {
  const bool by_position = (o.op.flags & format::kOpByPosition) != 0;
  const uint32_t index = by_position ? row % o.shape.sequence_tokens : o.tokens[row];
  return size_t{index} * o.tensor[0]->columns;
}

template <class Real>
Real embedding_scale(const OpOperands<Real>& o) {
  return o.op.argument[0] == 0 ? Real{1}
                               : static_cast<Real>(std::bit_cast<float>(o.op.argument[0]));
}

template <class Real>
void embed(const OpOperands<Real>& o) {
  const Parameter<Real>& table = *o.tensor[0];
  const Real scale = embedding_scale(o);
  const bool accumulate = (o.op.flags & format::kOpAccumulate) != 0;
  for (uint32_t row = 0; row < o.output->rows; ++row) {
    const Real* const from = table.values.data() + embedded_at(o, row);
    Real* const out = o.output->row(row);
    for (uint32_t i = 0; i < table.columns; ++i) {
      out[i] = (accumulate ? out[i] : Real{0}) + from[i] * scale;
    }
  }
}

/// On one thread: a token may occur in several rows.
template <class Real>
void embed_backward(const OpOperands<Real>& o) {
  Parameter<Real>& table = *o.tensor[0];
  if (table.gradient.empty()) return;
  for (uint32_t row = 0; row < o.output_gradient->rows; ++row) {
    const Real* const from = o.output_gradient->row(row);
    Real* const to = table.gradient.data() + embedded_at(o, row);
    for (uint32_t i = 0; i < table.columns; ++i) to[i] += from[i] * embedding_scale(o);
  }
}

template <class Real>
Strided<Real> view_of(const Rows<Real>& rows) {
  return {rows.values.data(), rows.width, 1};
}
template <class Real>
Strided<Real> view_of(const Parameter<Real>& matrix) {
  return {matrix.values.data(), matrix.columns, 1};
}

/// out = in · weightsᵀ (+ bias) (+ out)
template <class Real>
void matmul(const OpOperands<Real>& o) {
  const Parameter<Real>& weights = *o.tensor[0];
  multiply<Real>({.rows = o.output->rows,
                  .columns = weights.rows,
                  .steps = weights.columns,
                  .left = view_of(*o.input[0]),
                  .right = view_of(weights).transposed(),
                  .out = o.output->values.data(),
                  .out_stride = o.output->width,
                  .accumulate = (o.op.flags & format::kOpAccumulate) != 0},
                 o.parallel);
  if (o.tensor[1] == nullptr) return;
  const std::vector<Real>& bias = o.tensor[1]->values;
  for (uint32_t row = 0; row < o.output->rows; ++row) {
    Real* const out = o.output->row(row);
    for (uint32_t i = 0; i < weights.rows; ++i) out[i] += bias[i];
  }
}

/// Gradient of the weights += gradient of outᵀ · in
template <class Real>
void add_weight_gradient(const OpOperands<Real>& o) {
  Parameter<Real>& weights = *o.tensor[0];
  if (weights.gradient.empty()) return;
  multiply<Real>({.rows = weights.rows,
                  .columns = weights.columns,
                  .steps = o.output_gradient->rows,
                  .left = view_of(*o.output_gradient).transposed(),
                  .right = view_of(*o.input[0]),
                  .out = weights.gradient.data(),
                  .out_stride = weights.columns,
                  .accumulate = true},
                 o.parallel);
}

template <class Real>
void add_bias_gradient(const OpOperands<Real>& o) {
  if (o.tensor[1] == nullptr || o.tensor[1]->gradient.empty()) return;
  std::vector<Real>& gradient = o.tensor[1]->gradient;
  for (uint32_t row = 0; row < o.output_gradient->rows; ++row) {
    const Real* const of_row = o.output_gradient->row(row);
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += of_row[i];
  }
}

/// Gradient of the input += gradient of out · weights
template <class Real>
void matmul_backward(const OpOperands<Real>& o) {
  const Parameter<Real>& weights = *o.tensor[0];
  multiply<Real>({.rows = o.output_gradient->rows,
                  .columns = weights.columns,
                  .steps = weights.rows,
                  .left = view_of(*o.output_gradient),
                  .right = view_of(weights),
                  .out = o.input_gradient[0]->values.data(),
                  .out_stride = o.input_gradient[0]->width,
                  .accumulate = true},
                 o.parallel);
  add_weight_gradient(o);
  add_bias_gradient(o);
}

}  // namespace

template <class Real>
OpFunctions<Real> embed_functions() {
  return {embed<Real>, embed_backward<Real>};
}
template <class Real>
OpFunctions<Real> matmul_functions() {
  return {matmul<Real>, matmul_backward<Real>, {true}};
}

template OpFunctions<float> embed_functions();
template OpFunctions<double> embed_functions();
template OpFunctions<float> matmul_functions();
template OpFunctions<double> matmul_functions();

}  // namespace nibble::offline
