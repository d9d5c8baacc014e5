// Goes through rows and groups.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#include "offline/quantize/nearest_codes.h"

#include <algorithm>
#include <utility>

namespace nibble::offline {
namespace {

class NearestCodes final : public MatrixQuantizer {
 public:
  NearestCodes(const Scheme& scheme, uint32_t columns, GridChoice choose)
      : scheme_(scheme), columns_(columns), choose_(std::move(choose)) {}

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
    int8_t* code = matrix.codes.data() + size_t{row} * columns_;
    for (uint32_t begin = 0; begin < columns_; begin += scheme_.group) {
      const auto members = weights.subspan(begin, std::min(scheme_.group, columns_ - begin));
      const Grid grid = choose_(members, begin, matrix_row);
      matrix.set_grid(row, begin / scheme_.group, grid);
      for (const float weight : members) *code++ = grid.code(weight);
    }
  }

  Scheme scheme_;
  uint32_t columns_;
  GridChoice choose_;
};

}  // namespace

std::unique_ptr<MatrixQuantizer> nearest_codes(const Scheme& scheme, uint32_t columns,
                                               GridChoice choose) {
  return std::make_unique<NearestCodes>(scheme, columns, std::move(choose));
}

}  // namespace nibble::offline
