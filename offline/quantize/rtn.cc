// Round to nearest: each weight becomes the nearest code of its group's grid.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include <algorithm>

#include "offline/quantize/quantizer.h"
#include "runtime/format/layout.h"

namespace nibble::offline {
namespace {

class RoundToNearestMatrix final : public MatrixQuantizer {
 public:
  RoundToNearestMatrix(const Scheme& scheme, uint32_t columns)
      : scheme_(scheme), columns_(columns) {}

  QuantizedMatrix quantize(std::span<const float> rows, uint32_t first_row) const override {
    QuantizedMatrix matrix(scheme_, static_cast<uint32_t>(rows.size() / columns_), columns_);
    for (uint32_t row = 0; row < matrix.rows; ++row) {
      const auto weights = rows.subspan(size_t{row} * columns_, columns_);
      if (scheme_.type == format::TensorType::F16) {
        round_row(weights, row, first_row + row, matrix);
      } else {
        quantize_row(weights, row, first_row + row, matrix);
      }
    }
    return matrix;
  }

 private:
  void round_row(std::span<const float> weights, uint32_t row, uint32_t matrix_row,
                 QuantizedMatrix& matrix) const {
    uint16_t* half = matrix.halves.data() + size_t{row} * columns_;
    for (const float weight : weights) *half++ = round_to_half(weight, matrix_row);
  }

  void quantize_row(std::span<const float> weights, uint32_t row, uint32_t matrix_row,
                    QuantizedMatrix& matrix) const {
    const uint32_t groups = format::group_count(columns_, scheme_.group);
    int8_t* code = matrix.codes.data() + size_t{row} * columns_;
    for (uint32_t group = 0; group < groups; ++group) {
      const uint32_t begin = group * scheme_.group;
      const auto members = weights.subspan(begin, std::min(scheme_.group, columns_ - begin));
      const Grid grid = fit_grid(scheme_.type, members, matrix_row);
      const size_t index = size_t{row} * groups + group;
      matrix.scales[index] = grid.stored_scale;
      if (!matrix.zeros.empty()) matrix.zeros[index] = static_cast<uint8_t>(grid.zero);
      for (const float weight : members) *code++ = grid.code(weight);
    }
  }

  Scheme scheme_;
  uint32_t columns_;
};

class RoundToNearest final : public Quantizer {
 public:
  std::string name() const override { return "round to nearest"; }
  std::unique_ptr<MatrixQuantizer> prepare(const Scheme& scheme, uint32_t columns,
                                           const InputStatistics*) const override {
    return std::make_unique<RoundToNearestMatrix>(scheme, columns);
  }
};

}  // namespace

std::unique_ptr<Quantizer> make_round_to_nearest() {
  return std::make_unique<RoundToNearest>();
}

}  // namespace nibble::offline
