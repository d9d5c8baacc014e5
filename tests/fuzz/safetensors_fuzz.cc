// Any bytes as a safetensors file: tensors whose elements can be read, or an InputError.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/formats/safetensors.h"
#include "tests/fuzz/memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  const fuzz::MemoryFile file(data, size);
  try {
    for (const auto& [name, tensor] : offline::read_safetensors(file.path()).tensors)
      fuzz::read_both_ends(*tensor.weights);
  } catch (const offline::InputError&) {
  }
  return 0;
}
