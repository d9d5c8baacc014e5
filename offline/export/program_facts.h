// What a program says of its model besides its tensors: found again for formats that name it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <vector>

#include "offline/architectures/network.h"

namespace nibble::offline {

struct LayerFacts {
  uint32_t window = 0;              ///< positions that a row sees; 0 = all up to its own
  uint16_t rotary = format::kNone;  ///< the tensor of increments; kNone: nothing turns
};

struct ProgramFacts {
  float epsilon = 0;  ///< of norms
  float embedding_scale = 1;
  float score_scale = 0;               ///< of attention
  float score_cap = 0, logit_cap = 0;  ///< 0 = none
  uint32_t head_norm_segment = 0;      ///< the gain of one head; 0 = of all, or no such norm
  format::Activation activation = format::Activation::Silu;
  bool is_parallel = false;   ///< Both branches of a layer read the residual before either adds.
  bool has_ffn_norm = false;  ///< They have a norm of their own.
  std::vector<LayerFacts> layers;
};

/// Throws InputError for a program that no family of decoders compiles to.
/// @param layers  how many there are
ProgramFacts read_program(const Network& network, uint32_t layers);

}  // namespace nibble::offline
