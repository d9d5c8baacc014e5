// gated_activation: each function of one number, and how it grows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <bit>
#include <cmath>
#include <numbers>

#include "offline/distill/exponential.h"
#include "offline/distill/row_loop.h"

namespace nibble::offline {
namespace {

using format::Activation;

/// An activation of some numbers and its derivative. Most are x · sigmoid(z) for some z of x.
template <class Real>
class Activated {
 public:
  Activated(const format::OpRecord& op)
      : kind_(static_cast<Activation>(op.argument[0])),
        cap_(static_cast<Real>(std::bit_cast<float>(op.argument[1]))) {}

  void compute(const Real* x, uint32_t count) {
    values_.resize(count);
    slopes_.resize(count);
    if (is_sigmoid()) compute_sigmoids(x, count);
    for (uint32_t i = 0; i < count; ++i) finish(x[i], i);
  }
  Real value(uint32_t i) const { return values_[i]; }
  Real slope(uint32_t i) const { return slopes_[i]; }

 private:
  static constexpr Real kCubic = static_cast<Real>(0.044715);

  bool is_sigmoid() const {
    return kind_ == Activation::Silu || kind_ == Activation::GeluTanh ||
           kind_ == Activation::QuickGelu;
  }
  static Real tanh_factor() { return 2 * std::sqrt(2 / std::numbers::pi_v<Real>); }

  Real argument(Real x) const {
    if (kind_ == Activation::GeluTanh) return tanh_factor() * x * (1 + kCubic * x * x);
    return kind_ == Activation::QuickGelu ? static_cast<Real>(1.702) * x : x;
  }
  Real argument_slope(Real x) const {
    if (kind_ == Activation::GeluTanh) return tanh_factor() * (1 + 3 * kCubic * x * x);
    return kind_ == Activation::QuickGelu ? static_cast<Real>(1.702) : Real{1};
  }

  void compute_sigmoids(const Real* x, uint32_t count) {
    for (uint32_t i = 0; i < count; ++i) values_[i] = -argument(x[i]);
    exponentiate(values_.data(), count);
    for (uint32_t i = 0; i < count; ++i) values_[i] = 1 / (1 + values_[i]);
  }

  void finish(Real x, uint32_t i) {
    if (is_sigmoid()) {
      const Real sigmoid = values_[i];
      values_[i] = x * sigmoid;
      slopes_[i] = sigmoid * (1 + x * (1 - sigmoid) * argument_slope(x));
    } else if (kind_ == Activation::GeluErf) {
      const Real below = std::erfc(-x / std::numbers::sqrt2_v<Real>) / 2;
      const Real density = std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi_v<Real>);
      values_[i] = x * below;
      slopes_[i] = below + x * density;
    } else if (kind_ == Activation::SoftCap) {
      const Real bent = std::tanh(x / cap_);
      values_[i] = cap_ * bent;
      slopes_[i] = 1 - bent * bent;
    } else {  // Relu
      values_[i] = x > 0 ? x : Real{0};
      slopes_[i] = x > 0 ? Real{1} : Real{0};
    }
  }

  Activation kind_;
  Real cap_;
  std::vector<Real> values_, slopes_;
};
static_assert(static_cast<size_t>(Activation::Count) == 6);

/// Calls body(row, activated) for each row, with the gate's activations computed.
template <class Real, class Body>
void for_activated_rows(const OpOperands<Real>& o, const Body& body) {
  run_tiles(o.parallel, o.shape.rows(), [&](uint32_t first, uint32_t last) {
    Activated<Real> activated(o.op);
    for (uint32_t row = first; row < last; ++row) {
      activated.compute(o.input[0]->row(row), o.input[0]->width);
      body(row, activated);
    }
  });
}

template <class Real>
void gated_activation(const OpOperands<Real>& o) {
  for_activated_rows(o, [&](uint32_t row, const Activated<Real>& activated) {
    const Real* const up = o.input[1] != nullptr ? o.input[1]->row(row) : nullptr;
    Real* const out = o.output->row(row);
    for (uint32_t i = 0; i < o.output->width; ++i) {
      out[i] = activated.value(i) * (up != nullptr ? up[i] : Real{1});
    }
    round_output(o, row);
  });
}

template <class Real>
void gated_activation_backward(const OpOperands<Real>& o) {
  for_activated_rows(o, [&](uint32_t row, const Activated<Real>& activated) {
    const Real* const dy = o.output_gradient->row(row);
    Real* const d_gate = o.input_gradient[0]->row(row);
    const uint32_t width = o.output_gradient->width;
    if (o.input[1] == nullptr) {
      for (uint32_t i = 0; i < width; ++i) d_gate[i] += dy[i] * activated.slope(i);
      return;
    }
    const Real* const up = o.input[1]->row(row);
    Real* const d_up = o.input_gradient[1]->row(row);
    for (uint32_t i = 0; i < width; ++i) {
      d_gate[i] += dy[i] * up[i] * activated.slope(i);
      d_up[i] += dy[i] * activated.value(i);
    }
  });
}

}  // namespace

template <class Real>
OpFunctions<Real> gated_activation_functions() {
  return {gated_activation<Real>, gated_activation_backward<Real>, {true, true}};
}

template OpFunctions<float> gated_activation_functions();
template OpFunctions<double> gated_activation_functions();

}  // namespace nibble::offline
