// Operations on single rows: rms_norm, quantize, gated_activation, add and gather_rows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <bit>
#include <cmath>

#include "offline/distill/activation_rounding.h"
#include "offline/distill/exponential.h"
#include "offline/distill/lane_sum.h"
#include "offline/distill/op_functions.h"
#include "offline/distill/parallel_loop.h"

namespace nibble::offline {
namespace {

/// Calls body(row) for each row of the pass.
template <class Real, class Body>
void for_rows(const OpOperands<Real>& o, const Body& body) {
  run_tiles(o.parallel, o.shape.rows(), [&](uint32_t first, uint32_t last) {
    for (uint32_t row = first; row < last; ++row) body(row);
  });
}

/// The gradient goes through the rounding as if there were none (the straight-through estimator:
/// Bengio, Léonard and Courville, arXiv 1308.3432, section 4).
template <class Real>
void round_output(const OpOperands<Real>& o, uint32_t row) {
  if (o.output_group == 0) return;
  round_activations(o.output->row(row), o.output->width, o.output_group);
}

/// 1 / sqrt(mean(x²) + epsilon)
template <class Real>
Real inverse_rms(const OpOperands<Real>& o, const Real* x) {
  const uint32_t width = o.input[0]->width;
  const Real squares = lane_sum<Real>(width, [x](uint32_t i) { return x[i] * x[i]; });
  const auto epsilon = static_cast<Real>(std::bit_cast<float>(o.op.argument[0]));
  return 1 / std::sqrt(squares / static_cast<Real>(width) + epsilon);
}

template <class Real>
void rms_norm(const OpOperands<Real>& o) {
  const Real* const gain = o.tensor[0]->values.data();
  for_rows(o, [&](uint32_t row) {
    const Real* const x = o.input[0]->row(row);
    Real* const out = o.output->row(row);
    const Real factor = inverse_rms(o, x);
    for (uint32_t i = 0; i < o.output->width; ++i) out[i] = x[i] * factor * gain[i];
    round_output(o, row);
  });
}

/// With r the factor, g the gain and n the width:
/// dx = r · (g·dy) − x · r³/n · Σ x·g·dy
template <class Real>
void rms_norm_row_backward(const OpOperands<Real>& o, uint32_t row) {
  const Real* const gain = o.tensor[0]->values.data();
  const Real* const x = o.input[0]->row(row);
  const Real* const dy = o.output_gradient->row(row);
  Real* const dx = o.input_gradient[0]->row(row);
  const uint32_t width = o.input[0]->width;
  const Real factor = inverse_rms(o, x);
  const Real sum = lane_sum<Real>(width, [=](uint32_t i) { return x[i] * gain[i] * dy[i]; });
  const Real pull = sum * factor * factor * factor / static_cast<Real>(width);
  for (uint32_t i = 0; i < width; ++i) dx[i] += factor * gain[i] * dy[i] - x[i] * pull;
}

template <class Real>
void rms_norm_backward(const OpOperands<Real>& o) {
  for_rows(o, [&](uint32_t row) { rms_norm_row_backward(o, row); });
  std::vector<Real>& gradient = o.tensor[0]->gradient;
  if (gradient.empty()) return;
  for (uint32_t row = 0; row < o.shape.rows(); ++row) {  // in order, on one thread: a sum
    const Real* const x = o.input[0]->row(row);
    const Real* const dy = o.output_gradient->row(row);
    const Real factor = inverse_rms(o, x);
    for (size_t i = 0; i < gradient.size(); ++i) gradient[i] += x[i] * factor * dy[i];
  }
}

template <class Real>
void copy_rows(const OpOperands<Real>& o) {
  for_rows(o, [&](uint32_t row) {
    std::copy_n(o.input[0]->row(row), o.output->width, o.output->row(row));
    round_output(o, row);
  });
}

template <class Real>
void add_rows(const Rows<Real>& from, uint32_t row, Rows<Real>& to) {
  const Real* const in = from.row(row);
  Real* const out = to.row(row);
  for (uint32_t i = 0; i < from.width; ++i) out[i] += in[i];
}

template <class Real>
void add(const OpOperands<Real>& o) {
  for_rows(o, [&](uint32_t row) { add_rows(*o.input[0], row, *o.output); });
}

template <class Real>
void pass_gradient(const OpOperands<Real>& o) {
  for_rows(o, [&](uint32_t row) { add_rows(*o.output_gradient, row, *o.input_gradient[0]); });
}

static_assert(static_cast<size_t>(format::Activation::Count) == 1);  // silu(x) = x · sigmoid(x)

/// sigmoids[i] = 1 / (1 + exp(−gates[i]))
template <class Real>
void sigmoid(const Real* gates, uint32_t count, std::vector<Real>& sigmoids) {
  sigmoids.resize(count);
  for (uint32_t i = 0; i < count; ++i) sigmoids[i] = -gates[i];
  exponentiate(sigmoids.data(), count);
  for (uint32_t i = 0; i < count; ++i) sigmoids[i] = 1 / (1 + sigmoids[i]);
}

template <class Real>
void gated_activation(const OpOperands<Real>& o) {
  run_tiles(o.parallel, o.shape.rows(), [&](uint32_t first, uint32_t last) {
    std::vector<Real> sigmoids;
    for (uint32_t row = first; row < last; ++row) {
      const Real* const gate = o.input[0]->row(row);
      const Real* const up = o.input[1]->row(row);
      Real* const out = o.output->row(row);
      sigmoid(gate, o.output->width, sigmoids);
      for (uint32_t i = 0; i < o.output->width; ++i) out[i] = gate[i] * sigmoids[i] * up[i];
      round_output(o, row);
    }
  });
}

/// With σ the sigmoid of the gate g: d silu(g) / dg = σ · (1 + g·(1 − σ))
template <class Real>
void gated_row_backward(const OpOperands<Real>& o, uint32_t row, std::vector<Real>& sigmoids) {
  const Real* const gate = o.input[0]->row(row);
  const Real* const up = o.input[1]->row(row);
  const Real* const dy = o.output_gradient->row(row);
  Real* const d_gate = o.input_gradient[0]->row(row);
  Real* const d_up = o.input_gradient[1]->row(row);
  const uint32_t width = o.output_gradient->width;
  sigmoid(gate, width, sigmoids);
  for (uint32_t i = 0; i < width; ++i) {
    const Real s = sigmoids[i];
    d_gate[i] += dy[i] * up[i] * s * (1 + gate[i] * (1 - s));
    d_up[i] += dy[i] * gate[i] * s;
  }
}

template <class Real>
void gated_activation_backward(const OpOperands<Real>& o) {
  run_tiles(o.parallel, o.shape.rows(), [&](uint32_t first, uint32_t last) {
    std::vector<Real> sigmoids;
    for (uint32_t row = first; row < last; ++row) gated_row_backward(o, row, sigmoids);
  });
}

}  // namespace

template <class Real>
OpFunctions<Real> rms_norm_functions() {
  return {rms_norm<Real>, rms_norm_backward<Real>, {true}};
}
template <class Real>
OpFunctions<Real> quantize_functions() {
  return {copy_rows<Real>, pass_gradient<Real>};
}
template <class Real>
OpFunctions<Real> gated_activation_functions() {
  return {gated_activation<Real>, gated_activation_backward<Real>, {true, true}};
}
template <class Real>
OpFunctions<Real> add_functions() {
  return {add<Real>, pass_gradient<Real>};
}
template <class Real>
OpFunctions<Real> gather_rows_functions() {
  return {copy_rows<Real>, pass_gradient<Real>};
}

#define NIBBLE_INSTANTIATE(Real)                           \
  template OpFunctions<Real> rms_norm_functions();         \
  template OpFunctions<Real> quantize_functions();         \
  template OpFunctions<Real> gated_activation_functions(); \
  template OpFunctions<Real> add_functions();              \
  template OpFunctions<Real> gather_rows_functions();
NIBBLE_INSTANTIATE(float)
NIBBLE_INSTANTIATE(double)
#undef NIBBLE_INSTANTIATE

}  // namespace nibble::offline
