// The interface of every quantization method: what is known of a matrix's input prepares it, then
// rows of weights become codes.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "offline/quantize/input_statistics.h"
#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// One matrix, prepared. Several threads may call quantize() at once.
class MatrixQuantizer {
 public:
  virtual ~MatrixQuantizer() = default;
  /// The result for a row depends on that row alone, so a matrix may be given in slices of rows.
  /// @param rows       whole rows, finite
  /// @param first_row  the number of the slice's first row in the matrix
  /// Throws std::overflow_error, naming the row of the matrix, for weights that IEEE half cannot
  /// scale.
  virtual QuantizedMatrix quantize(std::span<const float> rows, uint32_t first_row) const = 0;
  /// What a report should say of the preparation, such as "damping 0.1"; mostly nothing.
  virtual std::string remark() const { return {}; }
};

/// A quantization method. Several threads may call prepare() at once.
class Quantizer {
 public:
  virtual ~Quantizer() = default;
  /// As a blob's string Quantization names it: "round to nearest".
  virtual std::string name() const = 0;
  /// Does the work that all rows of a matrix share, such as factoring a Hessian.
  /// @param statistics  of the matrix's input, [columns]; null without calibration. They outlive
  ///                    the result.
  virtual std::unique_ptr<MatrixQuantizer> prepare(const Scheme& scheme, uint32_t columns,
                                                   const InputStatistics* statistics) const = 0;
};

inline constexpr std::string_view kDefaultQuantizer = "rtn";

/// The names that make_quantizer() knows, as `nibble pack --quantizer` takes them.
std::vector<std::string> quantizer_names();
/// Throws std::invalid_argument for a name that is not among quantizer_names().
std::unique_ptr<Quantizer> make_quantizer(std::string_view name);

}  // namespace nibble::offline
