// Operations that move or add rows: quantize, add and gather_rows.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "offline/distill/row_loop.h"

namespace nibble::offline {
namespace {

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

}  // namespace

template <class Real>
OpFunctions<Real> quantize_functions() {
  return {copy_rows<Real>, pass_gradient<Real>};
}
template <class Real>
OpFunctions<Real> add_functions() {
  return {add<Real>, pass_gradient<Real>};
}
template <class Real>
OpFunctions<Real> gather_rows_functions() {
  return {copy_rows<Real>, pass_gradient<Real>};
}

#define NIBBLE_INSTANTIATE(Real)                   \
  template OpFunctions<Real> quantize_functions(); \
  template OpFunctions<Real> add_functions();      \
  template OpFunctions<Real> gather_rows_functions();
NIBBLE_INSTANTIATE(float)
NIBBLE_INSTANTIATE(double)
#undef NIBBLE_INSTANTIATE

}  // namespace nibble::offline
