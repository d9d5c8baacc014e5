// Llama for tests and tools that make models of this family, and what its relatives share with it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "offline/architectures/decoder.h"
#include "offline/architectures/registry.h"

namespace nibble::offline {

/// Llama, and what differs from it only by biases, tied heads or rotary scaling.
Architecture llama_architecture();

/// Reads the settings that Llama's relatives have under Llama's names: sizes, the norms' epsilon,
/// rotary positions, the activation. A relative reads more, and changes the result.
std::shared_ptr<DecoderParameters> read_llama_like(Settings& config,
                                                   const CommonSettings& names = {},
                                                   const RotaryNames& rotary = {});

}  // namespace nibble::offline
