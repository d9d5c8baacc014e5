// Decodes blocks row by row, as they are asked for.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/formats/gguf/block_weights.h"

#include <algorithm>
#include <utility>

#include "offline/weights/mapped_tensor.h"

namespace nibble::offline {
namespace {

class BlockWeights final : public WeightSource {
 public:
  BlockWeights(const GgufTensor& tensor, std::shared_ptr<const void> owner)
      : WeightSource(tensor.rows, tensor.columns),
        type_(*tensor.type),
        bytes_(tensor.bytes),
        owner_(std::move(owner)),
        is_stored_(type_.stored.has_value() && every_scale_fits()) {}

  std::optional<Scheme> stored_scheme() const override {
    if (!is_stored_) return {};
    return Scheme{*type_.stored, kGgufGroup};
  }
  Scheme nearest_scheme() const override { return type_.nearest; }

 private:
  bool every_scale_fits() const {
    if (type_.has_stored_scale == nullptr) return true;
    for (size_t at = 0; at < bytes_.size(); at += type_.bytes) {
      if (!type_.has_stored_scale(bytes_.data() + at)) return false;
    }
    return true;
  }

  const std::byte* row(uint32_t row) const {
    return bytes_.data() + size_t{row} * (columns() / type_.elements) * type_.bytes;
  }

  void read(uint32_t first_row, std::span<float> out) const override {
    const std::byte* block = row(first_row);
    for (; !out.empty(); out = out.subspan(type_.elements), block += type_.bytes) {
      type_.decode(block, out.data());
    }
  }

  QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const override {
    QuantizedMatrix part({*type_.stored, kGgufGroup}, row_count, columns());
    const std::byte* block = row(first_row);
    for (size_t group = 0; group < part.scales.size(); ++group, block += type_.bytes) {
      const BlockCodes codes = type_.codes(block);
      part.scales[group] = codes.scale;
      std::ranges::copy(codes.codes,
                        part.codes.begin() + static_cast<ptrdiff_t>(group * kGgufGroup));
    }
    return part;
  }

  const BlockType& type_;
  std::span<const std::byte> bytes_;
  std::shared_ptr<const void> owner_;
  bool is_stored_;
};

}  // namespace

Weights map_blocks(const GgufTensor& tensor, std::shared_ptr<const void> owner) {
  if (tensor.type->number) {
    return map_tensor(*tensor.type->number, tensor.rows, tensor.columns, tensor.bytes,
                      std::move(owner));
  }
  return std::make_shared<BlockWeights>(tensor, std::move(owner));
}

}  // namespace nibble::offline
