// One row of a matrix while its codes and grids are being chosen.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// A row of weights, and the grids and codes that stand for it.
struct QuantizedRow {
  std::span<const float> weights;  ///< [columns]
  std::vector<Grid> grids;         ///< [groups]
  std::vector<int8_t> codes;       ///< [columns]

  double error(uint32_t column, uint32_t group) const {
    return double{weights[column]} - double{grids[column / group].value(codes[column])};
  }
};

/// [columns]: weight less the value of its code.
inline std::vector<double> errors_of(const QuantizedRow& row, uint32_t group) {
  std::vector<double> errors(row.codes.size());
  for (uint32_t i = 0; i < errors.size(); ++i) errors[i] = row.error(i, group);
  return errors;
}

}  // namespace nibble::offline
