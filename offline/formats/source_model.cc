// Elements of a source tensor as floats, whatever type the file holds.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/source_model.h"

#include <cstring>
#include <stdexcept>

#include "offline/files/half.h"

namespace nibble::offline {
namespace {

/// Files promise no alignment, so elements are copied out one by one.
template <class Stored, float (*kConvert)(Stored)>
void convert(const std::byte* in, std::span<float> out) {
  for (float& element : out) {
    Stored stored;
    std::memcpy(&stored, in, sizeof stored);
    element = kConvert(stored);
    in += sizeof stored;
  }
}

}  // namespace

void read_elements(const SourceTensor& tensor, uint64_t begin, std::span<float> out) {
  const size_t element_bytes = tensor.type == ElementType::F32 ? sizeof(float) : sizeof(uint16_t);
  const uint64_t count = tensor.bytes.size() / element_bytes;
  if (begin > count || out.size() > count - begin) {
    throw std::out_of_range(tensor.name + ": elements beyond its end");
  }
  const std::byte* const first = tensor.bytes.data() + begin * element_bytes;
  switch (tensor.type) {
    case ElementType::F32:
      if (!out.empty()) std::memcpy(out.data(), first, out.size_bytes());
      return;
    case ElementType::F16:
      return convert<uint16_t, float_from_half>(first, out);
    case ElementType::BF16:
      return convert<uint16_t, float_from_bfloat>(first, out);
  }
}

}  // namespace nibble::offline
