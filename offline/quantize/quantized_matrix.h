// A matrix as the blob stores it: one scheme, codes, and the scales that give the codes meaning.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/format/blob.h"

namespace nibble::offline {

/// How a matrix is stored.
struct Scheme {
  format::TensorType type = format::TensorType::Int4;
  uint32_t group = 128;  ///< Weights per scale; 0 for F16.
  bool operator==(const Scheme&) const = default;
};

/// The integers that the weights of one group become: weight ≈ scale · (code − zero).
struct Grid {
  uint16_t stored_scale = 0;  ///< IEEE half
  float scale = 0;            ///< The stored scale's exact value; 0: every weight is 0.
  int zero = 0;               ///< The code that means 0.
  int least_code = 0, most_code = 0;

  /// The code whose value is nearest to the weight, ties to even.
  int8_t code(float weight) const {
    if (scale == 0) return static_cast<int8_t>(zero);
    const float steps = std::nearbyint(weight / scale);
    const auto least = static_cast<float>(least_code - zero);
    const auto most = static_cast<float>(most_code - zero);
    return static_cast<int8_t>(static_cast<int>(std::clamp(steps, least, most)) + zero);
  }
  float value(int8_t code) const { return scale * static_cast<float>(code - zero); }
};

/// Rows of a matrix in its scheme, row-major; blob/tiles.h turns them into blocks.
struct QuantizedMatrix {
  QuantizedMatrix() = default;
  /// All codes, scales and zero points are 0. @pre the scheme is one of a matrix
  QuantizedMatrix(const Scheme& scheme, uint32_t rows, uint32_t columns);

  /// Stores a group's scale, and its zero point where there are any.
  void set_grid(uint32_t row, uint32_t group, const Grid& grid);
  /// Copies a slice of whole rows to the rows from `first_row` on. @pre the same scheme and columns
  void set_rows(uint32_t first_row, const QuantizedMatrix& slice);

  Scheme scheme;
  uint32_t rows = 0, columns = 0;
  std::vector<uint16_t> halves;  ///< F16: IEEE half [rows, columns]
  std::vector<int8_t> codes;     ///< [rows, columns]: Int8 −128…127, Int4 and Int4Zero 0…15
  std::vector<uint16_t> scales;  ///< IEEE half [rows, groups]
  std::vector<uint8_t> zeros;    ///< Int4Zero: [rows, groups]
};

/// The grid of docs/NUMERICS.md, "Grids", for these weights. Codes are to be computed with the
/// scale as stored, not with the exact one: it is what the runtime multiplies with.
/// @param type  Int8, Int4 or Int4Zero
/// @param row   of the whole matrix, for the message
/// Throws std::overflow_error, naming the row, when IEEE half cannot hold the scale.
Grid fit_grid(format::TensorType type, std::span<const float> group, uint32_t row);

/// The nearest IEEE half. Throws std::overflow_error, naming the row, when that is infinite.
uint16_t round_to_half(float weight, uint32_t row);

}  // namespace nibble::offline
