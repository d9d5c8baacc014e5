// Tokens to measure speed with: the same ones on every machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <nibble/tokenizer.h>

#include <cstdint>
#include <vector>

namespace nibble::offline {

/// @param seed  others for each
inline std::vector<Token> pseudo_random_tokens(uint32_t count, uint32_t vocabulary,
                                               uint64_t seed = 1) {
  std::vector<Token> tokens(count);
  uint64_t state = seed;
  for (Token& token : tokens) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    token = static_cast<Token>((state >> 33) % vocabulary);
  }
  return tokens;
}

}  // namespace nibble::offline
