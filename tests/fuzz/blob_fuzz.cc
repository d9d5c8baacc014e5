// Any bytes as a blob, from memory and through a callback, kept and released.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <cstring>

#include "tests/fuzz/load.h"

namespace nibble::fuzz {
namespace {

bool read_part(void* blob, uint64_t offset, MutableBytes out) {
  const auto& bytes = *static_cast<const offline::BlobBytes*>(blob);
  claim(offset <= bytes.size() && out.size() <= bytes.size() - offset,
        "load() reads inside the blob");
  std::memcpy(out.data(), bytes.data() + offset, out.size());
  return true;
}

void load_every_way(offline::BlobBytes blob) {
  const BlobSource memory = BlobSource::from_memory({blob.data(), blob.size()});
  const BlobSource callback{
      .memory = nullptr, .bytes = blob.size(), .read = read_part, .context = &blob};
  const Error error = Loaded(memory, Residency::Keep).error();
  claim(Loaded(memory, Residency::Release).error() == error &&
            Loaded(callback, Residency::Release).error() == error,
        "a blob gets the same verdict however it is loaded");
}

}  // namespace
}  // namespace nibble::fuzz

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  nibble::fuzz::load_every_way(nibble::offline::BlobBytes(data, data + size));
  return 0;
}
