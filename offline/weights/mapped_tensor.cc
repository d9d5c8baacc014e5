// Converts the elements of a mapped tensor, row by row, as they are asked for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/weights/mapped_tensor.h"

#include <cstring>
#include <stdexcept>
#include <utility>

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

class MappedTensor final : public WeightSource {
 public:
  MappedTensor(ElementType type, uint32_t rows, uint32_t columns, std::span<const std::byte> bytes,
               std::shared_ptr<const void> owner)
      : WeightSource(rows, columns), type_(type), bytes_(bytes), owner_(std::move(owner)) {
    // Divided rather than multiplied: the product of all three may not fit 64 bits.
    if (bytes.size() % element_bytes(type) != 0 ||
        bytes.size() / element_bytes(type) != uint64_t{rows} * columns) {
      throw std::invalid_argument("a mapped tensor's bytes do not fit its shape");
    }
  }

 private:
  void read(uint32_t first_row, std::span<float> out) const override {
    const uint64_t first_element = uint64_t{first_row} * columns();
    const std::byte* const first = bytes_.data() + first_element * element_bytes(type_);
    switch (type_) {
      case ElementType::F32:
        std::memcpy(out.data(), first, out.size_bytes());
        return;
      case ElementType::F16:
        return convert<uint16_t, float_from_half>(first, out);
      case ElementType::BF16:
        return convert<uint16_t, float_from_bfloat>(first, out);
    }
  }

  ElementType type_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
};

}  // namespace

Weights map_tensor(ElementType type, uint32_t rows, uint32_t columns,
                   std::span<const std::byte> bytes, std::shared_ptr<const void> owner) {
  return std::make_shared<MappedTensor>(type, rows, columns, bytes, std::move(owner));
}

}  // namespace nibble::offline
