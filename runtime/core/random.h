// The generator of pseudo-random numbers: whoever draws, draws the same on every machine.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stdint.h>

namespace nibble {

/// SplitMix64 (Steele, Lea, Flood 2014): one addition and a mix for each number, any seed is good.
constexpr uint64_t next_random(uint64_t& state) {
  state += 0x9E3779B97F4A7C15;
  uint64_t mixed = state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  return mixed ^ (mixed >> 31);
}

}  // namespace nibble
