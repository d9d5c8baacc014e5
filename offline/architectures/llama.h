// Llama's own hyper-parameters, for tests and tools that make models of this family.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/registry.h"
#include "offline/architectures/rotary.h"

namespace nibble::offline {

struct LlamaParameters final : HyperParameters {
  float rms_norm_eps = 0;
  bool attention_bias = false;
  RotarySettings rotary;
};

/// Llama, and what differs from it only by biases, tied heads or rotary scaling.
Architecture llama_architecture();

}  // namespace nibble::offline
