// tiny_llama() packed and loaded, for tests that only read it.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include "tests/support/test_model.h"

namespace nibble::test {

/// One for all tests of a program.
const Model& tiny_llama_model();

/// Tokens of its vocabulary; another seed gives another list.
std::vector<Token> tiny_tokens(uint32_t count, uint32_t seed = 1);

}  // namespace nibble::test
