// Any bytes as a llama2.c checkpoint, and as the vocabulary beside one.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/formats/llama2c/checkpoint.h"
#include "offline/formats/llama2c/tokenizer_bin.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/vocabulary_invariants.h"

namespace nibble::fuzz {
namespace {

void read_checkpoint(const uint8_t* data, size_t size) {
  const MemoryFile file(data, size);
  try {
    for (const auto& [name, tensor] : offline::read_llama2c(file.path()).tensors) {
      read_both_ends(*tensor.weights);
    }
  } catch (const offline::InputError&) {
  }
}

/// As many pieces as the first byte and 256 byte pieces make: the file does not say.
void read_vocabulary(const uint8_t* data, size_t size) {
  if (size == 0) return;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    use_vocabulary(offline::parse_tokenizer_bin(bytes, 259u + data[0], "input"));
  } catch (const offline::InputError&) {
  }
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nibble::fuzz::read_checkpoint(data, size);
  nibble::fuzz::read_vocabulary(data, size);
  return 0;
}
