// What operations on single rows share: a loop over the rows, and the rounding of INT8 outputs.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/distill/activation_rounding.h"
#include "offline/distill/op_functions.h"
#include "offline/distill/parallel_loop.h"

namespace nibble::offline {

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

}  // namespace nibble::offline
