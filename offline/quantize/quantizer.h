// The one interface of every quantization method: weights (and what is known of them) in, codes
// out.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "runtime/format/blob.h"

namespace nibble::offline {

/// How a matrix is to be stored.
struct Scheme {
  format::TensorType type = format::TensorType::Int4;
  uint32_t group = 128;  ///< 0 for F16
  bool operator==(const Scheme&) const = default;
};

/// A matrix in its scheme, canonical order (row-major); pack/tiles.h turns it into blocks.
struct QuantizedMatrix {
  Scheme scheme;
  uint32_t rows = 0, columns = 0;
  std::vector<uint16_t> halves;  ///< F16: [rows, columns]
  std::vector<int8_t> codes;     ///< [rows, columns]: Int8 q, Int4 and Int4Zero u (0…15)
  std::vector<uint16_t> scales;  ///< IEEE half [rows, groups]
  std::vector<uint8_t> zeros;    ///< Int4Zero: [rows, groups]
};

/// What calibration learned about a matrix's input; empty without calibration.
struct InputStatistics {
  std::vector<float> mean_square;  ///< [columns], E[a²]
};

class Quantizer {
 public:
  virtual ~Quantizer() = default;
  virtual std::string name() const = 0;
  /// Rows are independent: a matrix may be given in slices of rows.
  /// @param weights  [rows, columns], finite
  /// Throws std::overflow_error, naming the row, for weights that IEEE half cannot scale.
  virtual QuantizedMatrix quantize(std::span<const float> weights, uint32_t rows, uint32_t columns,
                                   const Scheme& scheme,
                                   const InputStatistics& statistics) const = 0;
};

/// Round to nearest: docs/NUMERICS.md, "Grids".
std::unique_ptr<Quantizer> make_round_to_nearest();

}  // namespace nibble::offline
