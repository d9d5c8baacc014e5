// Where a tensor's values come from: an interface that yields rows of floats, whatever holds them.
// SPDX-License-Identifier: MIT OR GPL-2.0-only
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "offline/quantize/quantized_matrix.h"

namespace nibble::offline {

/// A matrix of floats, read by rows; a vector is a matrix of one row. Sources are immutable: any
/// number of threads may read one source at once. Adapters (rearrange.h, rescale.h) wrap a source
/// and are sources themselves, so that they compose; each keeps the source it wraps alive.
class WeightSource {
 public:
  virtual ~WeightSource() = default;
  WeightSource(const WeightSource&) = delete;
  WeightSource& operator=(const WeightSource&) = delete;

  uint32_t rows() const { return rows_; }
  uint32_t columns() const { return columns_; }

  /// Fills `out` with whole rows, row-major, beginning with row `first_row`.
  /// @param out  its size is a multiple of columns()
  /// Throws std::out_of_range for rows that the source does not have.
  void read_rows(uint32_t first_row, std::span<float> out) const;

  /// The scheme of a source that holds codes and scales already; nothing for one that holds
  /// numbers. Codes and scales can be stored unchanged where a blob wants this very scheme.
  virtual std::optional<Scheme> stored_scheme() const { return {}; }
  /// The scheme that loses least of what the source holds; F16 for one that holds numbers.
  virtual Scheme nearest_scheme() const {
    return stored_scheme().value_or(Scheme{format::TensorType::F16, 0});
  }
  /// Rows as codes and scales, unchanged. @pre stored_scheme() has a value
  /// Throws std::out_of_range for rows that the source does not have.
  QuantizedMatrix read_stored(uint32_t first_row, uint32_t row_count) const;

 protected:
  WeightSource(uint32_t rows, uint32_t columns) : rows_(rows), columns_(columns) {}

 private:
  void check_rows(uint32_t first_row, uint64_t row_count) const;
  /// The same as the public functions; the rows are known to exist, and there is at least one.
  virtual void read(uint32_t first_row, std::span<float> out) const = 0;
  virtual QuantizedMatrix read_codes(uint32_t first_row, uint32_t row_count) const;

  uint32_t rows_, columns_;
};

using Weights = std::shared_ptr<const WeightSource>;

/// Whether two sources have the same shape and, bit by bit, the same values. Reads both.
bool same_weights(const WeightSource& a, const WeightSource& b);

}  // namespace nibble::offline
