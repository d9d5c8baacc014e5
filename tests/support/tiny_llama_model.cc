// Packs tiny_llama() once, and keeps its blob.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "tests/support/tiny_llama_model.h"

#include "tests/support/tiny_llama.h"

namespace nibble::test {

const Model& tiny_llama_model() {
  static const offline::BlobBytes blob = offline::build_blob(tiny_llama().contents, {});
  static const TestModel loaded(blob);
  return *loaded;
}

std::vector<Token> tiny_tokens(uint32_t count, uint32_t seed) {
  std::vector<Token> list(count);
  for (uint32_t i = 0; i < count; ++i) list[i] = (seed * 101 + i * i * 37) % 260;
  return list;
}

}  // namespace nibble::test
