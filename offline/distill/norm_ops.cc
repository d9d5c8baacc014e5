// rms_norm and layer_norm: each segment of a row by itself.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <bit>
#include <cmath>

#include "offline/distill/lane_sum.h"
#include "offline/distill/row_loop.h"

namespace nibble::offline {
namespace {

/// A layer norm takes the mean off first; an RMS norm does not.
enum class Norm { Rms, Layer };

/// A segment is normalized to (x − mean) · factor.
template <class Real>
struct Normalization {
  Real mean = 0, factor = 0;

  Real of(Real x) const { return (x - mean) * factor; }
};

template <class Real>
uint32_t segment_of(const OpOperands<Real>& o) {
  return o.op.argument[1] != 0 ? o.op.argument[1] : o.input[0]->width;
}

template <Norm kNorm, class Real>
Normalization<Real> normalization_of(const OpOperands<Real>& o, const Real* x) {
  const uint32_t count = segment_of(o);
  const auto divisor = static_cast<Real>(count);
  const auto epsilon = static_cast<Real>(std::bit_cast<float>(o.op.argument[0]));
  Normalization<Real> by;
  if (kNorm == Norm::Layer) {
    by.mean = lane_sum<Real>(count, [x](uint32_t i) { return x[i]; }) / divisor;
  }
  const Real squares =
      lane_sum<Real>(count, [x, &by](uint32_t i) { return (x[i] - by.mean) * (x[i] - by.mean); });
  by.factor = 1 / std::sqrt(squares / divisor + epsilon);
  return by;
}

/// Calls body(begin, by) for each segment of a row, `begin` its first column.
template <Norm kNorm, class Real, class Body>
void for_segments(const OpOperands<Real>& o, uint32_t row, const Body& body) {
  const uint32_t count = segment_of(o);
  for (uint32_t begin = 0; begin < o.input[0]->width; begin += count) {
    body(begin, normalization_of<kNorm>(o, o.input[0]->row(row) + begin));
  }
}

template <Norm kNorm, class Real>
void normalize(const OpOperands<Real>& o) {
  const Real* const gain = o.tensor[0]->values.data();
  const Real* const bias = o.tensor[1] != nullptr ? o.tensor[1]->values.data() : nullptr;
  for_rows(o, [&](uint32_t row) {
    const Real* const x = o.input[0]->row(row);
    Real* const out = o.output->row(row);
    for_segments<kNorm>(o, row, [&](uint32_t begin, const Normalization<Real>& by) {
      for (uint32_t i = begin; i < begin + segment_of(o); ++i) {
        out[i] = by.of(x[i]) * gain[i] + (bias != nullptr ? bias[i] : Real{0});
      }
    });
    round_output(o, row);
  });
}

/// With r the factor, z the normalized numbers, d = g·dy (g the gain) and n the segment:
/// dx = r · (d − z · Σ(z·d)/n), and − Σd/n within the bracket where a mean was taken off.
template <Norm kNorm, class Real>
void segment_backward(const OpOperands<Real>& o, uint32_t row, uint32_t begin,
                      const Normalization<Real>& by) {
  const Real* const gain = o.tensor[0]->values.data() + begin;
  const Real* const x = o.input[0]->row(row) + begin;
  const Real* const dy = o.output_gradient->row(row) + begin;
  Real* const dx = o.input_gradient[0]->row(row) + begin;
  const uint32_t count = segment_of(o);
  const auto divisor = static_cast<Real>(count);
  const Real along =
      lane_sum<Real>(count, [&](uint32_t i) { return by.of(x[i]) * gain[i] * dy[i]; }) / divisor;
  const Real mean = kNorm == Norm::Rms ? Real{0} : lane_sum<Real>(count, [&](uint32_t i) {
                                                     return gain[i] * dy[i];
                                                   }) / divisor;
  for (uint32_t i = 0; i < count; ++i) {
    dx[i] += by.factor * (gain[i] * dy[i] - by.of(x[i]) * along - mean);
  }
}

/// In order, on one thread: sums over rows.
template <Norm kNorm, class Real>
void add_tensor_gradients(const OpOperands<Real>& o) {
  std::vector<Real>& of_gain = o.tensor[0]->gradient;
  std::vector<Real>* const of_bias = o.tensor[1] != nullptr ? &o.tensor[1]->gradient : nullptr;
  for (uint32_t row = 0; row < o.shape.rows(); ++row) {
    const Real* const x = o.input[0]->row(row);
    const Real* const dy = o.output_gradient->row(row);
    if (!of_gain.empty()) {
      for_segments<kNorm>(o, row, [&](uint32_t begin, const Normalization<Real>& by) {
        for (uint32_t i = begin; i < begin + segment_of(o); ++i) of_gain[i] += by.of(x[i]) * dy[i];
      });
    }
    if (of_bias == nullptr) continue;
    for (size_t i = 0; i < of_bias->size(); ++i) (*of_bias)[i] += dy[i];
  }
}

template <Norm kNorm, class Real>
void normalize_backward(const OpOperands<Real>& o) {
  for_rows(o, [&](uint32_t row) {
    for_segments<kNorm>(o, row, [&](uint32_t begin, const Normalization<Real>& by) {
      segment_backward<kNorm>(o, row, begin, by);
    });
  });
  add_tensor_gradients<kNorm>(o);
}

}  // namespace

template <class Real>
OpFunctions<Real> rms_norm_functions() {
  return {normalize<Norm::Rms, Real>, normalize_backward<Norm::Rms, Real>, {true}};
}
template <class Real>
OpFunctions<Real> layer_norm_functions() {
  return {normalize<Norm::Layer, Real>, normalize_backward<Norm::Layer, Real>, {true}};
}

template OpFunctions<float> rms_norm_functions();
template OpFunctions<double> rms_norm_functions();
template OpFunctions<float> layer_norm_functions();
template OpFunctions<double> layer_norm_functions();

}  // namespace nibble::offline
