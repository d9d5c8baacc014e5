// Any bytes as a GGUF file: a model whose weights can be read, or an InputError.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/files/input_error.h"
#include "offline/formats/gguf/block_weights.h"
#include "offline/formats/gguf/gguf_file.h"
#include "offline/formats/registry.h"
#include "tests/fuzz/memory_file.h"
#include "tests/fuzz/vocabulary_invariants.h"

namespace nibble::fuzz {
namespace {

constexpr uint32_t kMaxReadRows = 64, kMaxReadColumns = 1u << 16;

void read_tensors(const offline::GgufFile& file) {
  for (const offline::GgufTensor& tensor : file.tensors) {
    const offline::Weights weights = offline::map_blocks(tensor, file.mapping);
    if (weights->columns() > kMaxReadColumns || weights->rows() > kMaxReadRows) continue;
    read_both_ends(*weights);
    if (weights->stored_scheme()) (void)weights->read_stored(0, weights->rows());
  }
}

void read_model(const std::string& path) {
  const offline::SourceModel model = offline::read_model(path);
  use_vocabulary(model.vocabulary);
  (void)model.compile_as_f16();
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  const fuzz::MemoryFile file(data, size);
  try {
    fuzz::read_tensors(offline::read_gguf(file.path()));
    fuzz::read_model(file.path());
  } catch (const offline::InputError&) {
  }
  return 0;
}
