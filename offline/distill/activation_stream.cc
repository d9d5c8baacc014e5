// Copies buffers in and out of passes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/distill/activation_stream.h"

namespace nibble::offline {

void ActivationStream::fill(size_t index, OpRange block, NetworkPass<float>& pass) const {
  for (const uint16_t buffer : buffers_needed(network_, block)) {
    pass.input(buffer).values = contents(index, buffer);
  }
}

void ActivationStream::advance(OpRange block, const PassShape& shape,
                               std::span<Parameter<float>> parameters,
                               const ParallelFor& parallel) {
  NetworkPass<float> pass(network_, block, shape, Gradients::No, parallel);
  const IndexSet passed_on = buffers_passed_on(network_, block);
  for (size_t i = 0; i < tokens_.size(); ++i) {
    fill(i, block, pass);
    pass.forward(tokens_[i], parameters);
    for (const uint16_t buffer : passed_on) contents_[i][buffer] = pass.output(buffer).values;
  }
}

}  // namespace nibble::offline
