// Any bytes as a safetensors file: tensors whose elements can be read, or an InputError.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "offline/files/input_error.h"
#include "offline/formats/safetensors.h"
#include "tests/fuzz/fuzz.h"

namespace nibble::fuzz {
namespace {

/// A file that is nowhere on disk, but has a path.
class MemoryFile {
 public:
  MemoryFile(const uint8_t* data, size_t size) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    const bool is_whole =
        descriptor_ >= 0 && write(descriptor_, data, size) == static_cast<ssize_t>(size);
    claim(is_whole, "the system has files in memory");
  }
  ~MemoryFile() { close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

void read_both_ends(const offline::SourceTensor& tensor) {
  uint64_t elements = 1;
  for (const uint64_t dimension : tensor.shape) elements *= dimension;
  std::vector<float> few(std::min<uint64_t>(elements, 8));
  offline::read_elements(tensor, 0, few);
  offline::read_elements(tensor, elements - few.size(), few);
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace nibble;
  const fuzz::MemoryFile file(data, size);
  try {
    for (const offline::SourceTensor& tensor : offline::read_safetensors(file.path()).tensors)
      fuzz::read_both_ends(tensor);
  } catch (const offline::InputError&) {
  }
  return 0;
}
