// Every vector operation as a function from memory to memory, one list per kernel set.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <stdint.h>

namespace nibble::kernel_test {

/// One input for every operation; each reads fields whose range it is defined for.
struct VecInput {
  float a[8], b[8];     ///< anything, NaN and infinity too
  float near_half[8];   ///< the range of halves and somewhat beyond
  float normal[8];      ///< 2^-20 … 2^20 in magnitude
  float small[8];       ///< within ±2^21, many of them ties
  float ordered[8];     ///< no NaN, no negative zero
  int32_t m[8], n[8];   ///< anything
  int32_t exponent[8];  ///< -100 … 100
  float exponent_as_float[8];
  int32_t byte_range[8];  ///< -128 … 127
  uint16_t half[8];       ///< anything
  int8_t i8[8];
  uint8_t u8[8];
};

/// What an operation makes; what it does not write stays zero.
struct VecOutput {
  float floats[8];
  int32_t integers[8];
  uint16_t halves[8];
  int8_t bytes[8];
};

struct VectorOperation {
  const char* name;
  void (*run)(const VecInput& in, VecOutput& out);
};

/// A set's operations: the same names in the same order for every set.
struct VectorOperations {
  const VectorOperation* list;
  uint32_t count;
};

}  // namespace nibble::kernel_test
